import type { Fact } from "../../../core/records/document.js";
import { countWords, firstStatement, isEmptyValue } from "./clean.js";
import { CARDS } from "./fields.js";

/**
 * A country profile in the format of the package: sections, fields and parts, with `{ text }`
 * leaves.
 */
export type Profile = { readonly [key: string]: Profile | string | null };

/** Smallest number of lines of a fact card. A shorter card has too few facts for questions. */
const MIN_FACTS = 5;

/** The document of a card or prose section of a country. */
export interface RenderedDocument {
  /** Place in the profile. */
  readonly section: string;
  readonly kind: "facts" | "prose";
  readonly text: string;
  readonly facts: readonly Fact[];
}

/** Text of a leaf; null when the profile has no text at this path. */
export function textAt(profile: Profile, path: readonly string[]): string | null {
  let node: Profile | string | null | undefined = profile;
  for (const key of [...path, "text"]) {
    if (typeof node !== "object" || node === null) return null;
    node = node[key];
  }
  return typeof node === "string" && node.trim() !== "" ? node.trim() : null;
}

/**
 * Name of a country in questions: its conventional short form, else its long form; null when it has
 * neither.
 */
export function countryName(profile: Profile): string | null {
  const form = (which: string) =>
    firstStatement(textAt(profile, ["Government", "Country name", which]) ?? "");
  const short = form("conventional short form");
  if (!isEmptyValue(short) && countWords(short) <= 3) return short;
  const long = form("conventional long form");
  return isEmptyValue(long) || countWords(long) > 4 ? null : long;
}

/** All cards with enough facts, then the prose sections. */
export function renderProfile(profile: Profile, country: string): RenderedDocument[] {
  return [...renderCards(profile, country), ...renderProse(profile)];
}

function renderCards(profile: Profile, country: string): RenderedDocument[] {
  return CARDS.flatMap(({ name, fields }) => {
    const facts = fields.flatMap(({ label, path, clean }): Fact[] => {
      const text = textAt(profile, path);
      const value = text === null ? null : clean(text);
      return value === null ? [] : [{ field: label, subject: country, values: [value] }];
    });
    if (facts.length < MIN_FACTS) return [];
    const lines = facts.map((fact) => `${fact.field}: ${fact.values[0]}`);
    return [{ section: name, kind: "facts", text: [`Country: ${country}`, ...lines].join("\n"), facts }];
  });
}

const PROSE: readonly (readonly string[])[] = [
  ["Introduction", "Background"],
  ["Economy", "Economy - overview"],
];

/**
 * Prose documents have no facts. A value may be part of a text by accident, and the oracle would
 * then assume that the text states the fact.
 */
function renderProse(profile: Profile): RenderedDocument[] {
  return PROSE.flatMap((path) => {
    const text = textAt(profile, path);
    if (text === null) return [];
    const paragraphs = text
      .split("++")
      .map((part) => part.replace(/\s+/g, " ").trim())
      .filter((part) => part !== "");
    return [{ section: path.join("/"), kind: "prose", text: paragraphs.join("\n\n"), facts: [] }];
  });
}
