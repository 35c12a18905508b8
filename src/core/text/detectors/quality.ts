import { counted } from "../counted.js";
import { words } from "../normalize.js";
import { hasUnspaced } from "../unspaced.js";

/** A text with fewer words has nothing to ask about. */
const MIN_WORDS = 8;
/**
 * Mean letters of a word. Gopher (Rae et al. 2021, arXiv 2112.11446) takes 3 to 10 for running
 * text. This range is wider, because a list of facts is full of numbers and names.
 */
const MEAN_WORD_LETTERS = [2, 13] as const;
/** With more words, as a share, of Chinese, Japanese or Thai, short words are normal. */
const MAX_SHARE_UNSPACED = 0.3;
/**
 * Least share of words with a letter. Gopher asks for 0.8 of running text; tables of facts have
 * about 0.7.
 */
const MIN_SHARE_WITH_LETTER = 0.4;
/** Most hash signs and ellipses for each word (Gopher: 0.1). */
const MAX_SYMBOLS_PER_WORD = 0.1;
/**
 * Most characters, as a share, in lines that occur earlier in the text (FineWeb: 0.1 of running
 * text).
 */
const MAX_REPEATED_SHARE = 0.3;
/** Most characters, as a share, that decoding could not read. */
const MAX_REPLACEMENT_SHARE = 0.002;

/**
 * Why no question should be asked about a text; null when there is no reason. The rules hold for
 * running text and for lists of facts alike.
 */
export function findQualityProblem(text: string): string | null {
  const all = words(text);
  if (all.length < MIN_WORDS) return `only ${counted(all.length, "word")}`;
  const letters = all.reduce((sum, word) => sum + word.length, 0) / all.length;
  const [usual, longest] = MEAN_WORD_LETTERS;
  const unspaced = all.filter(hasUnspaced).length / all.length;
  const shortest = unspaced > MAX_SHARE_UNSPACED ? 1 : usual;
  if (letters < shortest || letters > longest) return `words of ${letters.toFixed(1)} letters`;
  const worded = all.filter((word) => /\p{L}/u.test(word)).length / all.length;
  if (worded < MIN_SHARE_WITH_LETTER) return `only ${Math.round(100 * worded)} % of its words have a letter`;
  const symbols = (text.match(/#|\.\.\.|…/g)?.length ?? 0) / all.length;
  if (symbols > MAX_SYMBOLS_PER_WORD) return "too many symbols";
  if ((text.match(/\ufffd/g)?.length ?? 0) / text.length > MAX_REPLACEMENT_SHARE)
    return "unreadable characters";
  return repeatedShare(text) > MAX_REPEATED_SHARE ? "the same lines again and again" : null;
}

function repeatedShare(text: string): number {
  const seen = new Set<string>();
  let [repeated, total] = [0, 0];
  for (const line of text.split("\n")) {
    const plain = line.trim();
    total += plain.length;
    if (seen.has(plain)) repeated += plain.length;
    seen.add(plain);
  }
  return total === 0 ? 0 : repeated / total;
}
