/** Most characters of a word. A longer word is encoded data, an address of data, or packed code. */
const LONGEST_WORD = 1000;

/** Characters of scripts that are written without spaces, and of their punctuation. */
const UNSPACED = [
  ...["Han", "Hira", "Kana", "Bopo", "Thai", "Laoo", "Khmr", "Mymr", "Tibt", "Ethi", "Java", "Bali"].map(
    (script) => `\\p{Script_Extensions=${script}}`,
  ),
  "\\u3000-\\u303f",
  "\\uff00-\\uffef",
].join("");

const WORD = new RegExp(`[^\\s${UNSPACED}]+`, "gu");
/** An image whose data stands in the text. Its description stays. */
const EMBEDDED_IMAGE =
  /!\[([^\]\n]{0,300})\]\(\s*<?data:[^\s)]*\)|<img\b[^<>]{0,300}?\bsrc\s*=\s*["']?data:[^<>]*>/gi;

/** A text without long words, and the lengths of the words that were removed, in characters. */
export interface Shortened {
  readonly text: string;
  readonly removed: readonly number[];
}

/**
 * Removes words of more than 1000 characters without a space, such as images in base64. Text in
 * scripts without spaces (Chinese, Japanese, Thai) stays.
 */
export function withoutLongWords(text: string): Shortened {
  const removed: number[] = [];
  const note = (word: string) => {
    if (word.length > LONGEST_WORD) removed.push(word.length);
    return word.length > LONGEST_WORD;
  };
  if (!hasLongWord(text)) return { text, removed };
  const shown = text
    .replace(EMBEDDED_IMAGE, (image, description: string | undefined) =>
      note(image) ? (description ?? "") : image,
    )
    .replace(WORD, (word) => (note(word) ? "" : word));
  return { text: shown, removed };
}

function hasLongWord(text: string): boolean {
  for (const [word] of text.matchAll(WORD)) if (word.length > LONGEST_WORD) return true;
  return false;
}
