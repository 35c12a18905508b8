import { type AnswerKind, rightIf } from "./kind.js";

const SUBJECT =
  "(?:it|this|that|the (?:statement|claim|sentence|assertion|proposition))(?: (?:is|was)|['\\u2019]s)";
const VERB = "(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would)";
const PRONOUN = "(?:it|he|she|they|this|that|there)";
/** The forms of a yes or no, with the word that decides. The two words of a form must agree. */
const FORMS: readonly (readonly [RegExp, boolean])[] = [
  [new RegExp(`^(?:yes|(?:${SUBJECT} )?(?:true|correct))$`), true],
  [new RegExp(`^(?:no|(?:${SUBJECT} )?(?:false|incorrect))$`), false],
  [new RegExp(`^yes,? (?:\\(?(?:true|correct)\\)?|${PRONOUN} ${VERB}|${SUBJECT} (?:true|correct))$`), true],
  [
    new RegExp(
      `^no,? (?:\\(?(?:false|incorrect)\\)?|${PRONOUN} ${VERB}(?: not|n['\\u2019]t)|${PRONOUN} (?:cannot|can['\\u2019]t|won['\\u2019]t)|${SUBJECT} (?:false|incorrect|not true))$`,
    ),
    false,
  ],
];
const MAX_LENGTH = 64;

/**
 * Yes or no, true or false, as the whole answer. The word may stand in a short sentence that says
 * nothing else: `Yes, it is.`, `The statement is false.` An answer with a reason or a doubt is no
 * boolean, and so is a sentence that contradicts its first word.
 */
export const booleanKind: AnswerKind<boolean> = {
  read(text) {
    if (text.length > MAX_LENGTH) return null;
    const plain = text.toLowerCase().replace(/\s+/g, " ").replace(/[.!]$/, "").trim();
    return FORMS.find(([form]) => form.test(plain))?.[1] ?? null;
  },
  compare: (gold, given) => rightIf(gold === given),
  describe: (value) => (value ? "yes" : "no"),
};
