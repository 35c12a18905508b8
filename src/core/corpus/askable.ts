import { words } from "../text/normalize.js";

const MIN_WORDS = 6;
/**
 * A small model cannot copy a longer sentence. A proposal about a longer sentence could also have
 * more tokens than `challenger.maxTokens`.
 */
const MAX_WORDS = 18;
/** An underscore inside a name of program code, such as `max_size`, is no markup; nor is a flag. */
const MARKUP =
  /[*`|<>[\]{}\\=~^]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|https?:|www\.|\.\.\.|\u2026|--(?!\p{Ll})|(?<=\S)--/u;
/** First words of a sentence that refers to other text, to another place, or to a version. */
const POINTS_BACK =
  /^(?:It|Its|This|That|These|Those|They|Their|Them|He|His|She|Her|We|Our|You|Your|I|My|Such|Here|There|Then|Thus|Therefore|However|Moreover|Furthermore|Instead|Otherwise|But|And|Or|So|Also|Both|Either|Neither|Another|Others|Similarly|Conversely|Finally|Nevertheless|Next|Additionally|Several|Most|Many|Some|If|When|While|As|For example|See|Note|Changed in|New in|Added in|Deprecated since)\b/;

/** Words inside a sentence that point at an earlier sentence or at another place. */
const POINTS_ELSEWHERE =
  /\b(?:this|these|those|we|our|us|my|I|[Tt]he (?:former|latter|above|following|previous|preceding|other|same)|aforementioned|such(?! as\b)|above|below|sidebar|see|mentioned|described|discussed|explained)\b/u;

/** True for a sentence that can be understood without the sentences around it. */
export function standsAlone(sentence: string): boolean {
  const balanced = sentence.split("(").length === sentence.split(")").length;
  return (
    isSentence(sentence) &&
    words(sentence).length <= MAX_WORDS &&
    balanced &&
    !POINTS_BACK.test(sentence) &&
    !POINTS_ELSEWHERE.test(sentence)
  );
}

/** True for a whole sentence without markup. */
export function isSentence(line: string): boolean {
  if (!/^(?!\d+[.)])[\p{Lu}\p{N}]/u.test(line) || !/[\p{L}\p{N}%)]\.$/u.test(line)) return false;
  return words(line).length >= MIN_WORDS && !MARKUP.test(line) && !/^[^ ]+ ?:/.test(line);
}
