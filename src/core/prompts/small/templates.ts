import type { FreeAnswerType } from "../../records/answer.js";
import type { Templates } from "../slots.js";

/**
 * The prompts of the family `small`. The document comes first in all prompts about it, so that
 * their common beginning is computed once. A passage is repeated in the request, because a small
 * model asks about text near the end of its prompt.
 *
 * The open-book prompt of a multiple-choice task has no options, so that the answer comes from the
 * text. With options, SmolLM2-135M copies options: 20 of 26 well-formed tasks failed, and 4 of 26
 * without options.
 */
export const SMALL_TEMPLATES: Templates = {
  "challenger-mcq": `{document}

Write a short question about {passage}, its answer and three wrong answers.
Question:`,
  "challenger-free": `{document}

Write a short question about {passage} and its answer, {form}.
Question:`,
  "blind-mcq": `Question: {question}
Options: {options}
Answer:`,
  "blind-free": `Question: {question}{#form} ({form}){/form}
Answer:`,
  "open-book-mcq": `{document}

Question: {question}
Answer:`,
  "open-book-free": `{document}

Question: {question}{#form} ({form}){/form}
Answer:`,
  "reworded-mcq": `{document}

According to the text above: {question}
Short answer:`,
  "reworded-free": `{document}

According to the text above: {question}
Short answer:`,
  "options-only": `Options: {options}
Answer:`,
};

/**
 * The prompts of the family `small-prose`. The Challenger copies a sentence and chooses an answer
 * in it. The parser makes the question from the sentence. SmolLM2-135M copies a sentence well. When
 * it had to leave a gap itself, one readable proposal in five had no gap. When it wrote the answer
 * before the sentence, three proposals in ten had a sentence without the answer.
 */
export const SMALL_PROSE_TEMPLATES: Templates = {
  ...SMALL_TEMPLATES,
  "challenger-mcq": `{document}

Choose a sentence from {passage}. Write the sentence, an answer that the sentence contains, and three wrong answers.
Sentence:`,
  "challenger-free": `{document}

Choose a sentence from {passage}. Write the sentence and an answer that the sentence contains: {form}.
Sentence:`,
};

/** The slot `form` of the Challenger's prompt: what the request says about the answer. */
export const SMALL_FORMS: Readonly<Record<FreeAnswerType, string>> = {
  integer: "a whole number",
  number: "a number",
  quantity: "a number with its unit",
  expression: "a formula",
  string: "a name or a few words",
  date: "a date",
  boolean: "yes or no",
  list: "items in order with ; between them",
  set: "items with ; between them",
};
