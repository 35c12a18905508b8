import type { Span } from "../text/spans.js";

/** A line that starts something new: a list item, a heading, a row, a quotation, a label. */
const STARTS = /^\s*(?:[-*\u2022\u2023+>|#]|\d{1,3}[.)]\s|[A-Za-z][.)]\s|\p{Lu}[^.!?:\n]{0,40}:(?:\s|$))/u;
/** A line of underlining, a fence or a rule, which belongs to no paragraph. */
const RULE = /^\s*(?:[-=~^"'`*_#+.]{3,}|\.\.)\s*(?:\p{L}*)$/u;
/** Fewer UTF-16 code units before a line break mean that the author ended the line on purpose. */
const WRAPPED = 40;

/**
 * The paragraphs of a text. Lines that were wrapped at a fixed width are one paragraph. A line
 * belongs to the paragraph of the line before it when the line before it is long and the line
 * itself starts no list item, heading, row or label. Every other line starts a new paragraph.
 *
 * @returns spans in order, without surrounding white space
 */
export function paragraphsOf(text: string): readonly Span[] {
  const found: { start: number; end: number }[] = [];
  let last = "";
  for (const { index, 0: line } of text.matchAll(/[^\n]*\n?/g)) {
    const content = line.trim();
    if (content === "" || RULE.test(content)) {
      last = "";
      continue;
    }
    const start = index + line.indexOf(content);
    const end = start + content.length;
    const previous = found.at(-1);
    if (previous !== undefined && last.length >= WRAPPED && !STARTS.test(line)) previous.end = end;
    else found.push({ start, end });
    last = content;
  }
  return found;
}

/** Words with a full stop that end no sentence. Initials are among them: `J.`, `e.g.`, `U.S.A.` */
const ABBREVIATION =
  /(?:^|[\s(["'\u2018\u201c\u2013\u2014/-])(?:(?:\p{L}\.)*\p{L}|etc|vs|cf|al|approx|ca|Dr|Mr|Mrs|Ms|Prof|St|No|Nos|Fig|Sec|Ch|Vol|pp|Inc|Ltd|Co|Jr|Sr)\.$/u;

let segmenter: Intl.Segmenter | undefined;

/** Made at its first use: it reads the rules of Unicode, and every command loads this module. */
function sentenceSegmenter(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter("en", { granularity: "sentence" });
  return segmenter;
}

/**
 * The sentences of a paragraph, by the rules of Unicode (UAX 29), with two exceptions: a known
 * abbreviation does not end a sentence, and a line break does not end a sentence.
 *
 * @returns spans in order, without surrounding white space
 */
export function sentencesOf(text: string, paragraph: Span): readonly Span[] {
  // A line feed would end a sentence. A space has the same length, so places stay the same.
  const plain = text.slice(paragraph.start, paragraph.end).replaceAll("\n", " ");
  const found: { start: number; end: number }[] = [];
  let goesOn = false;
  for (const { index, segment } of sentenceSegmenter().segment(plain)) {
    const content = segment.trim();
    if (content === "") continue;
    const start = paragraph.start + index + segment.indexOf(content);
    const end = start + content.length;
    const previous = found.at(-1);
    if (goesOn && previous !== undefined) previous.end = end;
    else found.push({ start, end });
    goesOn = ABBREVIATION.test(content);
  }
  return found;
}
