import { answerKey, containsWords, contentWords, words } from "../../text/normalize.js";
import { withDigits } from "../../text/numbers.js";
import { singular } from "../../text/stems.js";
import { type Check, PASSED, refused } from "../check.js";

/** A shorter answer stands inside longer words by chance: Niger in Nigeria. */
const MIN_INSIDE_LETTERS = 6;

/**
 * The question must not give its answer away: neither word for word, nor as another form of it (`five` for 5, a plural for a
 * singular), nor, for an answer of several words, by holding all its words with content in another order, nor inside a longer
 * word (`German` in `Germany`).
 */
export const checkLeak: Check = ({ question, answer }) => {
  const asked = comparable(question);
  const key = comparable(answerKey(answer));
  if (containsWords(asked, key))
    return refused("answer_leak", `The question contains its answer "${answer}".`);
  const content = comparable(contentWords(answer).join(" "));
  const present = new Set(asked);
  if (content.length > 1 && content.every((word) => present.has(word))) {
    return refused("answer_leak", `The question contains every word of its answer "${answer}".`);
  }
  const [only = "", ...others] = key;
  if (others.length === 0 && only.length >= MIN_INSIDE_LETTERS && /^\p{L}+$/u.test(only)) {
    const longer = asked.find((word) => word.includes(only));
    if (longer !== undefined)
      return refused("answer_leak", `The question's word "${longer}" contains the answer "${answer}".`);
  }
  return PASSED;
};

function comparable(text: string): string[] {
  return withDigits(words(text)).map(singular);
}
