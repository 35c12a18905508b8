import { squeeze } from "../../text/normalize.js";

/** A question and its lettered options, read from one text. */
export interface LetteredQuestion {
  readonly stem: string;
  readonly options: readonly string[];
}

const MARK = /(?:^|\s)\(?([A-Z])[.):]\s+/g;

/**
 * Splits `stem A) one B) two C) three D) four` into question and options. The text may have one
 * line or many; `A.`, `(A)` and `A:` are also accepted. The letters must start at A and be in
 * order. The last such list of the text is taken, so that a capital letter in the question does no
 * harm. Null with fewer than two options.
 */
export function splitOptions(text: string): LetteredQuestion | null {
  const marks = [...text.matchAll(MARK)].map((match) => ({
    letter: (match[1] as string).charCodeAt(0) - 65,
    start: match.index,
    end: match.index + match[0].length,
  }));
  const first = marks.findLastIndex((mark) => mark.letter === 0);
  if (first < 0) return null;
  const run = marks.slice(first);
  if (run.length < 2 || run.some((mark, index) => mark.letter !== index)) return null;
  const options = run.map((mark, index) =>
    squeeze(text.slice(mark.end, run[index + 1]?.start ?? text.length)),
  );
  return { stem: squeeze(text.slice(0, run[0]?.start)), options };
}
