/**
 * Cleaners of World Factbook values: from the running text of a field to one short answer, or null when there is none. The
 * Factbook writes for readers: estimates, years, notes and exceptions stand in parentheses and behind semicolons.
 */
export type Clean = (text: string) => string | null;

/** The first statement, without parentheses, brackets, notes and stray punctuation. */
export function firstStatement(text: string): string {
  const plain = withoutParentheses(text.split("++")[0] ?? "").replace(/\[[^\]]*\]/g, "");
  const statement = (plain.split(";")[0] ?? "").split(/\bnote\b/)[0] ?? "";
  return strip(statement.replace(/\s+/g, " ").replaceAll(" ,", ","), " ,.-");
}

/** From the inside out, since parentheses may be nested; one that was never opened or closed goes alone. */
function withoutParentheses(text: string): string {
  const shorter = text.replace(/\([^()]*\)/g, "");
  return shorter === text ? text.replace(/[()]/g, "") : withoutParentheses(shorter);
}

/** Nothing a question could be about: missing, unknown, or too short. */
export function isEmptyValue(value: string): boolean {
  return value.length < 2 || /\bNA\b|^none|^unknown|^unspecified|\?/.test(value);
}

export function countWords(value: string): number {
  return value.split(/\s+/).filter((word) => word !== "").length;
}

/** Up to the first comma, when it is at most `maxWords` words. */
export function phrase(maxWords: number): Clean {
  return (text) => {
    const value = strip(firstStatement(text).split(",")[0] ?? "", " .");
    return isEmptyValue(value) || countWords(value) > maxWords ? null : value;
  };
}

/** Items of an enumeration without their shares and amounts; vague ones ("other", "unspecified") are left out. */
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

/** The first items of an enumeration, two at least. */
export function itemList(limit: number): Clean {
  return (text) => {
    const found = items(text, limit, 3);
    return found.length >= 2 ? found.join(", ") : null;
  };
}

/** What a pattern's first group matches at the start of the text. */
export function leading(pattern: RegExp): Clean {
  return (text) => pattern.exec(text)?.[1] ?? null;
}

/** As `leading`, when it is at most `maxWords` words. */
export function leadingWords(pattern: RegExp, maxWords: number): Clean {
  return (text) => {
    const value = strip(pattern.exec(text)?.[1] ?? "", " ,");
    return value === "" || countWords(value) > maxWords ? null : value;
  };
}

/** Name of a mountain, sea or depression, without its height. */
export const placeName: Clean = (text) => {
  const value = firstStatement(text)
    .replace(/\s-?[\d,]+(\.\d+)?\s?m\b.*$/, "")
    .trim();
  return isEmptyValue(value) || countWords(value) > 4 || value.includes("unnamed") || /\d/.test(value)
    ? null
    : value;
};

/** Years, rounded: `46.5 years` gives `47 years`. */
export const years: Clean = (text) => {
  const number = /^([\d.]+) years/.exec(text)?.[1];
  return number === undefined ? null : `${Math.floor(Number(number) + 0.5)} years`;
};

/** Age of the right to vote: `18 years of age` gives `18 years`. */
export const votingAge: Clean = (text) => {
  const age = /^(\d\d) years of age/.exec(text)?.[1];
  return age === undefined ? null : `${age} years`;
};

/** A count: `80,854,408 (July 2015 est.)` gives `80,854,408`. */
export const count: Clean = (text) => {
  const number = /^([\d,.]+(?: million| billion)?)\s*(?!%)/.exec(firstStatement(text))?.[1];
  return number !== undefined && /\d/.test(number) ? strip(number, " ,.") : null;
};

/** The largest city, which the Factbook writes in capitals when it is the capital. */
export const largestCity: Clean = (text) => {
  const name = /^([A-Z][A-Z' .-]+?)\s*(?:\(capital\)\s*)?[\d.]/.exec(text)?.[1];
  return name === undefined ? null : titleCase(name.trim());
};

/** Capital letter at the start of every run of letters, small letters behind. */
function titleCase(text: string): string {
  return text.toLowerCase().replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
}

/** Remove any of `characters` from both ends. */
function strip(text: string, characters: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && characters.includes(text.charAt(start))) start += 1;
  while (end > start && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
