import { readDate } from "../answers/date-text.js";
import { knownUnit } from "../answers/units.js";
import type { Span } from "../text/spans.js";

/** Types of values that running text states, and that a question can ask for. */
export const VALUE_TYPES = ["definition", "date", "quantity", "number", "name"] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

/** A value that a text states. Places are UTF-16 code units of the text. */
export interface StatedValue extends Span {
  readonly type: ValueType;
  /** The value as the text writes it, with single spaces. */
  readonly text: string;
  /**
   * Values of the same type and form can be options of one question. The form of a date is its
   * precision. The form of a quantity is its unit. The form of a name says whether it has one word
   * or several, and which characters it has. Names in program code have forms of their own. The
   * form of a number says whether it counts something.
   */
  readonly form: string;
}

/** `SELinux is a security module`: a subject with a name, a form of `be`, a short noun phrase. */
const DEFINITION =
  /^((?:The |A |An )?[\p{L}\p{N}][^,;:()"\u201c\u201d]{1,40}?) (is|are|was|were) ((?:a|an|the|one of the) [^,;:()"\u201c\u201d]{3,70}?)(?=[,;(]|\.$| (?:that|which|who|whose|where|when|for|used|to|by|with|in|on|at|from|and|but) )/u;
const MAX_DEFINITION_WORDS = 7;

const MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)";
const DATE = new RegExp(
  `\\b(?:\\d{1,2}(?:st|nd|rd|th)?\\s+${MONTH},?\\s+\\d{4}|${MONTH}\\s+\\d{1,2}(?:st|nd|rd|th)?,?\\s+\\d{4}|${MONTH}\\s+\\d{4}|(?:1[0-9]|20)\\d{2}-\\d{2}-\\d{2}|(?<=\\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Bb]y|[Bb]efore|[Aa]fter|[Dd]uring|from|of|early|late)\\s+)(?:1[0-9]|20)\\d{2})\\b(?![-\\u2013/.]\\d|\\s*%)`,
  "g",
);
const NUMBER = /(?<![\p{L}\p{N}.,:/_#-])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\p{L}\p{N}.,:/_#-])\d+(?:\.\d+)?/gu;
/** A number behind such a word is the number of a chapter or a version, and measures nothing. */
const NUMBERED =
  /\b(?:[Cc]hapters?|[Ss]ections?|[Tt]ables?|[Ff]igures?|[Aa]ppendix|[Pp]arts?|[Pp]ages?|[Ss]teps?|[Vv]ersions?|[Ee]xamples?|[Nn]o\.|RFC|ISO|PEP)\s+$/;
const AFTER_NUMBER =
  /^(?![\p{L}\p{N}_:/-]|[.,]\d)(?:\s?(%)|\s+(percent\b)|\s+([\p{L}\u00b0][\p{L}\u00b0]*))?/u;
const NAME =
  /(?<![\p{L}\p{N}._/@-])\p{Lu}[\p{L}\p{N}'\u2019-]*(?:\s+(?:of\s+(?:the\s+)?|(?:van|von|de|der|den|la|du|di|da|bin|ibn)\s+)?\p{Lu}[\p{L}\p{N}'\u2019-]*)*(?![\p{L}\p{N}_/@]|\.\p{L}|\()/gu;

/**
 * A name in program code: small letters before a capital letter (`readFile`), a part behind `_`
 * (`max_size`), parts behind full stops (`os.path`), brackets (`open()`), or a flag (`--all`).
 */
const CODE =
  /(?<![\p{L}\p{N}._/@$:-])(?:--\p{Ll}[\p{Ll}\p{N}-]+|(?:[\p{L}$][\p{L}\p{N}$]*\.)*(?:\p{Ll}+\p{Lu}|[\p{L}$][\p{L}\p{N}$]*_\p{L})[\p{L}\p{N}_$]*(?:\(\))?|(?:[\p{L}$][\p{L}\p{N}_$]*\.)*[\p{L}$][\p{L}\p{N}_$]*\(\)|[\p{L}$][\p{L}\p{N}_$]+(?:\.[\p{L}$][\p{L}\p{N}_$]{2,})+)(?![\p{L}\p{N}_/@(:=-]|\.\p{L})/gu;

/** Capitalized words that name nothing by themselves. */
const NO_NAME = new Set(
  (
    "I The A An This That These Those It Its He She We You They There Here If When While Where What Which Who How Why Then Thus But And Or So " +
    "In On At By For From To Of With As Since Until After Before During Every Each All Any Some No Most Many Several Other Both Only Monday Tuesday Wednesday Thursday Friday Saturday Sunday " +
    "January February March April May June July August September October November December Mr Mrs Ms Dr Note See Chapter Section Figure Table Appendix"
  ).split(" "),
);
/** Words after a number that are not the things that the number counts: `in 5 of 8`. */
const NOT_COUNTED = new Set(
  "and or in on at of to by from for is are was were with as the a an but than after before since until per that which when if not".split(
    " ",
  ),
);
const MAX_NAME_WORDS = 5;

/**
 * The definition, dates, quantities, numbers and names that a sentence states. The definition comes
 * first, and the other values are in the order of the sentence. Only a definition overlaps other
 * values.
 *
 * - A year alone is a date when a word like `in` stands before it.
 * - A number with a unit of the table of units, or with `%` or `percent`, is a quantity. Every
 *   other number is a value of type `number`.
 * - A name is one capitalized word or several in a row. Particles such as `of` or `van` may stand
 *   between them. One capitalized word at the start of a sentence is not a name.
 * - A name in program code is a name too: `readFile`, `max_size`, `os.path`, `open()`, `--all`.
 */
export function statedValues(sentence: string): readonly StatedValue[] {
  const found: StatedValue[] = [];
  const free = (start: number, end: number) => found.every((one) => one.end <= start || end <= one.start);
  const add = (type: ValueType, start: number, end: number, form: string) => {
    if (!free(start, end)) return;
    found.push({ type, start, end, form, text: sentence.slice(start, end).replace(/\s+/g, " ") });
  };
  const definition = definitionIn(sentence);
  for (const { index, 0: text } of sentence.matchAll(DATE)) {
    const date = readDate(text);
    if (date !== null) add("date", index, index + text.length, formOfDate(date));
  }
  for (const { index, 0: digits } of sentence.matchAll(NUMBER)) {
    const end = index + digits.length;
    const after = AFTER_NUMBER.exec(sentence.slice(end));
    if (after === null || NUMBERED.test(sentence.slice(0, index))) continue;
    const [behind, sign, percent, word = ""] = after;
    if (sign !== undefined || percent !== undefined) add("quantity", index, end + behind.length, "percent");
    else if (word.length > 1 && knownUnit(word) !== null)
      add("quantity", index, end + behind.length, word.toLowerCase());
    else add("number", index, end, isCounted(word) ? "count" : "label");
  }
  for (const { index, 0: text } of sentence.matchAll(CODE)) {
    // `e.g.` and `i.e.` are abbreviations. The end of an address names no part of a program.
    if (text.length > 2 && !/^(?:www|https?)\b|^\p{L}\.\p{L}$/u.test(text))
      add(
        "name",
        index,
        index + text.length,
        text.startsWith("--") ? "flag" : text.endsWith("()") ? "call" : "code",
      );
  }
  for (const { index, 0: text } of sentence.matchAll(NAME)) {
    const name = withoutFirstWord(sentence, index, text);
    // A capitalized word behind a number is a unit: `12.3 MB`.
    if (name === null || /\d\s$/.test(sentence.slice(0, name.start))) continue;
    add("name", name.start, name.end, formOfName(name.text, name.words));
  }
  // A definition may contain other values.
  return [...(definition === null ? [] : [definition]), ...found.sort((a, b) => a.start - b.start)];
}

/** The definition in a sentence; null when the sentence defines nothing. */
function definitionIn(sentence: string): StatedValue | null {
  const [whole, subject = "", verb = "", phrase = ""] = DEFINITION.exec(sentence) ?? [];
  const named = subject.replace(/^(?:The|A|An) /, "");
  if (whole === undefined || named === "" || NO_NAME.has(named.split(" ")[0] ?? "")) return null;
  if (phrase.split(" ").length > MAX_DEFINITION_WORDS || /(?:ed|ing| but| and| or)$/.test(phrase))
    return null;
  // `is an easy to use tool`, and `Return true if the object is a list`, define nothing.
  if (/^\S+ \S+$/.test(phrase) && sentence.startsWith(" to ", whole.length)) return null;
  if (/ (?:if|that|which|when|where|whether) /.test(subject)) return null;
  // `The first parameter` has no name. An earlier sentence says what it is.
  if (/^\p{Ll}/u.test(named) && !/^An? /.test(subject)) return null;
  const start = subject.length + verb.length + 2;
  const form = /^(?:a|an) /.test(phrase) ? "one" : "the";
  return { type: "definition", start, end: start + phrase.length, text: phrase, form };
}

function formOfDate({ month, day }: { readonly month: number | null; readonly day: number | null }): string {
  if (month === null) return "year";
  return day === null ? "month" : "day";
}

/** The form of a name: one word or several, capitals only (`BIOS`) or not, digits or none. */
function formOfName(text: string, count: number): string {
  const letters = /^[\p{Lu}\p{N}-]+$/u.test(text) ? "capitals" : "letters";
  const size = count > 1 ? "words" : "word";
  return `${size} ${letters}${/\d/.test(text) ? " digits" : ""}`;
}

/** `59,000 packages`: the number counts the word behind it. */
function isCounted(word: string): boolean {
  return word.length > 2 && /^\p{Ll}+s$/u.test(word) && !NOT_COUNTED.has(word);
}

/**
 * The name without first words that are not part of a name, such as `The`. Null when no name is
 * left. One word at the start of a sentence is not a name, because every first word is capitalized.
 */
function withoutFirstWord(
  sentence: string,
  index: number,
  text: string,
): { start: number; end: number; words: number; text: string } | null {
  let start = index;
  let rest = text.replace(/['\u2019]s$/, "").replace(/[-'\u2019]+$/, "");
  const end = index + rest.length;
  while (rest !== "") {
    const first = /^\S+/.exec(rest)?.[0] ?? "";
    if (!NO_NAME.has(first)) break;
    const next = rest.slice(first.length).trimStart();
    start += rest.length - next.length;
    rest = next;
  }
  rest = rest.replace(/^of\s+(?:the\s+)?/, "");
  start = end - rest.length;
  const count = rest === "" ? 0 : rest.split(/\s+/).length;
  const startsSentence = sentence.slice(0, start).trim().length === 0;
  if (count === 0 || count > MAX_NAME_WORDS || rest.length < 2) return null;
  if (startsSentence && count === 1) return null;
  return { start, end, words: count, text: rest };
}
