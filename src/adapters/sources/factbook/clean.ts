/**
 * Converts the running text of a World Factbook field to a short answer; null when there is none.
 * The Factbook is written for readers. Estimates, years, notes and exceptions are in parentheses
 * and after semicolons.
 */
export type Clean = (text: string) => string | null;

/** The first statement, without parentheses, brackets, notes and surrounding punctuation. */
export function firstStatement(text: string): string {
  const plain = withoutParentheses(text.split("++")[0] ?? "").replace(/\[[^\]]*\]/g, "");
  const statement = (plain.split(";")[0] ?? "").split(/\bnote\b/)[0] ?? "";
  return strip(statement.replace(/\s+/g, " ").replaceAll(" ,", ","), " ,.-");
}

/**
 * Removes parentheses from the inside out, because they may be nested. A single parenthesis without
 * its partner is removed alone.
 */
function withoutParentheses(text: string): string {
  const shorter = text.replace(/\([^()]*\)/g, "");
  return shorter === text ? text.replace(/[()]/g, "") : withoutParentheses(shorter);
}

/** True when a value is missing, unknown or too short for a question. */
export function isEmptyValue(value: string): boolean {
  return value.length < 2 || /\bNA\b|^none|^unknown|^unspecified|\?/.test(value);
}

/** Number of words, separated by white space. */
export function countWords(value: string): number {
  return value.split(/\s+/).filter((word) => word !== "").length;
}

/** The text up to the first comma; null when it has more than `maxWords` words. */
export function phrase(maxWords: number): Clean {
  return (text) => {
    const value = strip(firstStatement(text).split(",")[0] ?? "", " .");
    return isEmptyValue(value) || countWords(value) > maxWords ? null : value;
  };
}

/**
 * Items of an enumeration without their shares and amounts. Vague items ("other", "unspecified")
 * are left out.
 */
function items(text: string, limit: number, maxWords: number): string[] {
  const found: string[] = [];
  for (const part of firstStatement(text).split(",")) {
    const bare = ` ${part}`.replace(
      /\s+(less than|more than|about)?\s*[<>~]?[\d.,]+\s*(%|km|million)?.*$/,
      "",
    );
    const item = strip(bare, " .").replace(/^(and|small amounts of|some)\s+/, "");
    if (isEmptyValue(item) || countWords(item) > maxWords || /\d/.test(item)) continue;
    if (/^(other|unspecified|none|unknown|others|mixed)\b/.test(item) || found.includes(item)) continue;
    found.push(item);
    if (found.length === limit) break;
  }
  return found;
}

/** The first item of an enumeration: the largest group, the main partner. */
export function firstItem(maxWords: number): Clean {
  return (text) => items(text, 1, maxWords)[0] ?? null;
}

/** The first items of an enumeration, at most `limit`; null for fewer than two. */
export function itemList(limit: number): Clean {
  return (text) => {
    const found = items(text, limit, 3);
    return found.length >= 2 ? found.join(", ") : null;
  };
}

/** The first group of a pattern; null when the pattern does not match. */
export function leading(pattern: RegExp): Clean {
  return (text) => pattern.exec(text)?.[1] ?? null;
}

/** The same as `leading`, but null when the group is empty or has more than `maxWords` words. */
export function leadingWords(pattern: RegExp, maxWords: number): Clean {
  return (text) => {
    const value = strip(pattern.exec(text)?.[1] ?? "", " ,");
    return value === "" || countWords(value) > maxWords ? null : value;
  };
}

/** Name of a mountain, a sea or a depression, without its height. */
export const placeName: Clean = (text) => {
  const value = firstStatement(text)
    .replace(/\s-?[\d,]+(\.\d+)?\s?m\b.*$/, "")
    .trim();
  return isEmptyValue(value) || countWords(value) > 4 || value.includes("unnamed") || /\d/.test(value)
    ? null
    : value;
};

/** Rounded years: `46.5 years` gives `47 years`. */
export const years: Clean = (text) => {
  const number = /^([\d.]+) years/.exec(text)?.[1];
  return number === undefined ? null : `${Math.floor(Number(number) + 0.5)} years`;
};

/** Voting age: `18 years of age` gives `18 years`. */
export const votingAge: Clean = (text) => {
  const age = /^(\d\d) years of age/.exec(text)?.[1];
  return age === undefined ? null : `${age} years`;
};

/** A count: `80,854,408 (July 2015 est.)` gives `80,854,408`. */
export const count: Clean = (text) => {
  const number = /^([\d,.]+(?: million| billion)?)\s*(?!%)/.exec(firstStatement(text))?.[1];
  return number !== undefined && /\d/.test(number) ? strip(number, " ,.") : null;
};

/** The largest city. The Factbook writes it in capital letters. */
export const largestCity: Clean = (text) => {
  const name = /^([A-Z][A-Z' .-]+?)\s*(?:\(capital\)\s*)?[\d.]/.exec(text)?.[1];
  return name === undefined ? null : titleCase(name.trim());
};

/** Writes a capital letter at the start of each run of letters, and small letters after it. */
function titleCase(text: string): string {
  return text.toLowerCase().replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
}

/** Removes all of `characters` from both ends. */
function strip(text: string, characters: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && characters.includes(text.charAt(start))) start += 1;
  while (end > start && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
