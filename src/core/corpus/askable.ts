import { words } from "../text/normalize.js";

/** Fewest words of a sentence. */
export const MIN_WORDS = 6;
/**
 * Most words of a sentence. A small model cannot copy a longer sentence. A proposal about a longer
 * sentence could also have more tokens than `challenger.maxTokens`.
 */
export const MAX_WORDS = 18;
/** An underscore inside a name of program code, such as `max_size`, is no markup; nor is a flag. */
const MARKUP =
  /[*`|<>[\]{}\\=~^]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|https?:|www\.|\.\.\.|\u2026|--(?!\p{Ll})|(?<=\S)--/u;
/** First words of a sentence that refers to other text, to another place, or to a version. */
const POINTS_BACK =
  /^(?:It|Its|This|That|These|Those|They|Their|Them|He|His|She|Her|We|Our|You|Your|I|My|Such|Here|There|Then|Thus|Therefore|However|Moreover|Furthermore|Instead|Otherwise|But|And|Or|So|Also|Both|Either|Neither|Another|Others|Similarly|Conversely|Finally|Nevertheless|Next|Additionally|Several|Most|Many|Some|If|When|While|As|For example|See|Note|Changed in|New in|Added in|Deprecated since)\b/;

/** Words inside a sentence that point at an earlier sentence or at another place. */
const POINTS_ELSEWHERE =
  /\b(?:this|these|those|we|our|us|my|I|[Tt]he (?:former|latter|above|following|previous|preceding|other|same)|aforementioned|such(?! as\b)|above|below|sidebar|see|mentioned|described|discussed|explained)\b/u;

/** Why no question is made of a sentence. */
export type Unaskable = "not_a_sentence" | "too_few_words" | "markup" | "too_many_words" | "needs_context";

/** Why a sentence cannot be asked about; null when it can be understood without its neighbors. */
export function whyUnaskable(sentence: string): Unaskable | null {
  const fault = whyNoSentence(sentence);
  if (fault !== null) return fault;
  if (words(sentence).length > MAX_WORDS) return "too_many_words";
  const balanced = sentence.split("(").length === sentence.split(")").length;
  return balanced && !POINTS_BACK.test(sentence) && !POINTS_ELSEWHERE.test(sentence) ? null : "needs_context";
}

/** True for a sentence that can be understood without the sentences around it. */
export function standsAlone(sentence: string): boolean {
  return whyUnaskable(sentence) === null;
}

/** True for a whole sentence without markup. */
export function isSentence(line: string): boolean {
  return whyNoSentence(line) === null;
}

function whyNoSentence(line: string): Unaskable | null {
  const isWhole = /^(?!\d+[.)])[\p{Lu}\p{N}]/u.test(line) && /[\p{L}\p{N}%)]\.$/u.test(line);
  if (!isWhole || /^[^ ]+ ?:/.test(line)) return "not_a_sentence";
  if (words(line).length < MIN_WORDS) return "too_few_words";
  return MARKUP.test(line) ? "markup" : null;
}
