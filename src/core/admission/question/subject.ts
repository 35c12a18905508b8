import { containsWords, words } from "../../text/normalize.js";
import { type Check, PASSED, refused } from "../check.js";

/**
 * The question must name what the document is about, or it cannot be answered without the document. `Korea,
 * South` is also named by `South Korea`, and a leading article is not required. Documents without a known
 * subject pass.
 */
export const checkSubject: Check = ({ question }, { document }) => {
  if (document.subject === "") return PASSED;
  const asked = words(question);
  const named = spellings(document.subject).some((spelling) => containsWords(asked, spelling));
  return named ? PASSED : refused("subject_missing", `The question does not name ${document.subject}.`);
};

/** How a subject may be written, as words: `Korea, South` and `South Korea`; without a leading article. */
export function spellings(subject: string): string[][] {
  const [head = "", ...rest] = subject.split(",");
  const forms =
    rest.length === 1 ? [subject, `${rest[0]} ${head}`, ...(isArticle(rest[0]) ? [head] : [])] : [subject];
  return forms.map((form) => {
    const all = words(form);
    return all.length > 1 && all[0] === "the" ? all.slice(1) : all;
  });
}

function isArticle(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === "the";
}
