/** A check that refuses long questions, and questions that give a list of choices. */
import { defineCheck, z } from "spice-orchestrator/own-code";

export default defineCheck({
  name: "plain-question",
  version: "1",
  label: "question is not plain",
  codes: { own_long_question: "question is long" },
  options: z.strictObject({
    /** Most words of a question. */
    words: z.number().int().min(3).default(30),
  }),
  check: ({ candidate }, { words }) => {
    const count = candidate.question.split(/\s+/).length;
    if (count > words) return { code: "own_long_question", detail: `The question has ${count} words.` };
    return /\bwhich of the following\b/i.test(candidate.question)
      ? "The question refers to a list that a free answer does not have."
      : null;
  },
});
