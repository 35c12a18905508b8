import { containsWords, fold, squeeze, words } from "./normalize.js";

/** Scripts without spaces, in which a value is a part of a longer word. */
const UNSPACED = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]/u;

/** True when one of the values of a fact stands in the text, whatever its case and punctuation. */
export function stands({ values }: { readonly values: readonly string[] }, text: string): boolean {
  const all = words(text);
  return values.some(
    (value) =>
      containsWords(all, words(value)) ||
      (UNSPACED.test(value) && squeeze(fold(text)).includes(squeeze(fold(value)))),
  );
}
