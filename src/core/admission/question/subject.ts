import { defineCheck, PASSED, refused } from "../../checks/check.js";
import { containsWords, words } from "../../text/normalize.js";
import type { ProposalInput } from "../input.js";

/**
 * A question that does not name what the document is about cannot be answered without the document.
 * `Korea, South` is also named by `South Korea`, and a leading article is not required. Documents
 * without a known subject pass.
 */
export const subject = defineCheck({
  setting: "subject",
  codes: { subject_missing: "subject not named" },
  stage: "checks",
  describe: "The question must name the document's subject, when it has one.",
  paper: "not checked",
  demo: "refuse",
  cost: "comparisons of words",
  run: ({ candidate: { question }, segment: { document } }: Pick<ProposalInput, "candidate" | "segment">) => {
    if (document.subject === "") return PASSED;
    const asked = words(question);
    const named = spellings(document.subject).some((spelling) => containsWords(asked, spelling));
    return named ? PASSED : refused("subject_missing", `The question does not name ${document.subject}.`);
  },
});

/**
 * How a subject may be written, as words: `Korea, South` and `South Korea`; without a leading
 * article.
 */
export function spellings(name: string): string[][] {
  const [head = "", ...rest] = name.split(",");
  const forms =
    rest.length === 1 ? [name, `${rest[0]} ${head}`, ...(isArticle(rest[0]) ? [head] : [])] : [name];
  return forms.map((form) => {
    const all = words(form);
    return all.length > 1 && all[0] === "the" ? all.slice(1) : all;
  });
}

function isArticle(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === "the";
}
