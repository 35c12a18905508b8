const SCRIPTS = ["Han", "Hira", "Kana", "Bopo", "Thai", "Laoo", "Khmr", "Mymr"];
const CLASS = SCRIPTS.map((script) => `\\p{scx=${script}}`).join("");
const LETTER = new RegExp(`(?=[\\p{L}\\p{M}])[${CLASS}]`, "u");
const RUNS = new RegExp(`(?:(?=[\\p{L}\\p{M}])[${CLASS}])+|(?:(?![${CLASS}])[^])+|[^]`, "gu");

let segmenter: Intl.Segmenter | undefined;

/** Made at its first use: the rules are read from disk, and most texts have spaces. */
function wordSegmenter(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter("en", { granularity: "word" });
  return segmenter;
}

/**
 * True when a text has a letter of a script that is written without spaces between words: Chinese,
 * Japanese, Thai, Lao, Khmer and Burmese.
 */
export function hasUnspaced(text: string): boolean {
  return LETTER.test(text);
}

/**
 * The words of a run of letters and digits without spaces. Letters of scripts without spaces are
 * cut by the word rules and dictionaries of the JavaScript engine (`Intl.Segmenter`); other letters
 * and digits stay together. A text without such letters is one word.
 */
export function cutUnspaced(word: string): readonly string[] {
  if (!hasUnspaced(word)) return [word];
  return (word.match(RUNS) ?? []).flatMap((run) =>
    hasUnspaced(run) ? [...wordSegmenter().segment(run)].map(({ segment }) => segment) : [run],
  );
}
