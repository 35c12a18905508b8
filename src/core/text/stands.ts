import { containsWords, fold, squeeze, words } from "./normalize.js";
import { hasUnspaced } from "./unspaced.js";

/** True when one of the values of a fact stands in the text, whatever its case and punctuation. */
export function stands({ values }: { readonly values: readonly string[] }, text: string): boolean {
  const all = words(text);
  return values.some(
    (value) =>
      containsWords(all, words(value)) ||
      (hasUnspaced(value) && squeeze(fold(text)).includes(squeeze(fold(value)))),
  );
}
