import type { AnswerPolicy } from "../records/answer.js";
import { type Numeral, readNumeral } from "./numeral.js";
import { plainQuantity, splitQuantity } from "./quantity-text.js";
import { readUnitWords } from "./unit-text.js";

/** A number of a type that has no unit, and what else the text states. */
export interface BareNumber extends Numeral {
  /** The number as it was written, without what stands beside it. */
  readonly digits: string;
  /**
   * A unit, a counted noun, or the left side of an equation (`x =`). Empty for a bare number. A
   * gold answer must be bare. An answer need not be, because the question names the unit.
   */
  readonly beside: string;
}

const ASSIGNED = /^\\?[A-Za-z](?:_\{?\w\}?)? ?= ?(?=[\d.+\\-])/;
const NOUN = /^(?:(?:square |cubic )?units|[a-z]{3,}s|people|children|men|women|mice|fish|sheep|geese)$/;
/** Words that look like counted nouns and change the number, or say that it is not certain. */
const NO_NOUN =
  /^(?:(?:dozen|score|gros|pair|couple|hundred|thousand|million|billion|trillion|ten|squar|cube|other|root|power|fraction|ratio|decimal|unknown|double|triple|factorial|one|two|three|four|five|six|seven|eight|nine|eleven|twelve|[a-z]+teen)e?s|[a-z]+ties|halves|quarters|fourths|thirds|[a-z]+(?:fth|xth|nth|ghth|dth|eth)s|percents|percentages|lakhs|crores|negatives|plus|minus|less|this|thus|perhaps|versus|always|is|was|has|does|guess)$/;

/**
 * Reads a number for a type without units. A unit of the table, one counted noun in the plural, a
 * dollar sign or `x =` may stand beside it: `45^\circ`, `1234 km`, `24 students`, `x = 5`. A unit
 * that is one letter is null, because `2m` is also two million. Percent signs stay a part of the
 * number.
 */
export function readBareNumber(text: string, policy: AnswerPolicy): BareNumber | null {
  const bare = readNumeral(text, policy);
  if (bare !== null) return { ...bare, digits: text, beside: "" };
  const assigned = ASSIGNED.exec(text);
  if (assigned !== null) {
    const digits = text.slice(assigned[0].length);
    const number = readNumeral(digits, policy);
    return number === null ? null : { ...number, digits, beside: assigned[0].trim() };
  }
  // `7'` may be feet or minutes, and a prime says neither.
  if (/['"\u2019\u201d\u2032\u2033]/.test(text)) return null;
  const split = splitQuantity(plainQuantity(text), policy);
  const isSet = /\\(?:text|math|mbox)/.test(text);
  if (split === null || split.number.percent || !isUnit(split.unit, isSet)) return null;
  return { ...split.number, digits: split.digits, beside: split.unit };
}

/** `isSet`: a LaTeX command marks the text as words, so that one letter is a unit. */
function isUnit(text: string, isSet: boolean): boolean {
  if (NOUN.test(text) && !NO_NOUN.test(text)) return true;
  if ((!isSet && /^[a-z]$/i.test(text)) || /percent|%|(?<![\p{L}^-])\d/u.test(text)) return false;
  const read = readUnitWords(text, "required");
  return read !== null && read.counted.length === 0 && Object.keys(read.unit.dimensions).length > 0;
}
