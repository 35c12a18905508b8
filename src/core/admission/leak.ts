import { answerKey, containsWords, contentWords, words } from "../normalise.js";
import { type Check, PASSED, refused } from "./check.js";

/**
 * The question must not give its answer away: neither word for word, nor, for an answer of several words, by
 * holding all its words with content in another order. Whole words only: "Niger" does not leak from
 * "Nigeria".
 */
export const checkLeak: Check = ({ question, answer }) => {
  const asked = words(question);
  const key = answerKey(answer).split(" ").filter(Boolean);
  if (containsWords(asked, key))
    return refused("answer_leak", `The question contains its answer "${answer}".`);
  const content = contentWords(answer);
  const present = new Set(asked);
  if (content.length > 1 && content.every((word) => present.has(word))) {
    return refused("answer_leak", `The question contains every word of its answer "${answer}".`);
  }
  return PASSED;
};
