import { describeCheck } from "../checks/check.js";

/** A proposal must be readable. The parsers of the prompt families refuse with these codes. */
export const form = describeCheck({
  setting: null,
  codes: {
    truncated: "cut off at the token limit",
    unparsable: "not in the asked form",
    missing_field: "a part is missing",
    not_a_question: "neither a question nor a whole sentence",
    answer_outside_sentence: "the sentence does not contain the answer",
    bad_type: "answer of the wrong type",
    unverifiable_gold: "formula that cannot be compared",
    too_long: "too long",
    control_character: "a control character",
  },
  stage: "form",
  describe:
    "The parser can read the proposal. The answer is of the asked type, and other spellings of it can be compared with it.",
  cost: "one reading of the text",
});

/** The engine must finish the proposal and the samples that its checks need. */
export const engine = describeCheck({
  setting: null,
  codes: { infrastructure: "lost by the engine" },
  stage: "engine",
  describe: "The engine must finish the proposal and the samples that its checks need.",
  cost: "nothing",
});
