import { readUnit } from "../unit-text.js";
import { knownUnit, sameUnit } from "../units.js";

/** A number or formula and the text of the unit behind it; `unit` is null when there is none. */
export interface WithUnit {
  readonly body: string;
  readonly unit: string | null;
}

const TYPESET =
  /^(.*[\d)}!]|.*\\pi)\s*\\(?:text|mathrm)\s*\{\s*([A-Za-z][A-Za-z. /-]{0,39}?)\s*\.?\s*\}(?:\s*\^\s*\{?\s*([23])\s*\}?)?$/s;
const PLAIN = /^([-+]?[\d.,/ ]*\d)\s+([A-Za-z][A-Za-z/ ]{1,30})(?:\^\{?([23])\}?)?$/;
const DEGREES = /^(.*[\d)}])\s*(?:\^\s*\{?\s*\\circ\s*\}?|\\degree)\s*([CF])?$/s;
const MONEY = /^(-?)\s*(?:\\\$|\$(?=\s*\d))\s*(?=\d|\\frac)/;
/** Words that are no unit: they change, deny or join the value. */
const NO_UNIT =
  /\b(?:or|and|not|no|nor|if|is|are|vs|maybe|wrong|about|approximately|hundred|thousand|million|billion|trillion|dozen|percent|to|than|more|less|least|most|other|but|minus|plus|times|mod|base|when|where|for|with|into|over|true|false|squared|cubed|half|halves|thirds?|quarters?|fourths?|fifths?|tenths?|hundredths?|thousandths?|millionths?|factorial|roots?|sqrt|pi|negative|positive|undefined|infinity|incorrect|right|correct)\b/i;

/**
 * Splits the unit from the end of a formula. Behind `\text` or `\mathrm`, every word that does not
 * change the value is a unit. Bare words count only behind a number, and only when the table of
 * units has them. Degrees are a unit, except within a formula with functions.
 */
export function splitUnit(plain: string): WithUnit {
  const percent = /^(.*[\d)}])\s*(?:\\text\s*\{\s*)?(?:percent|per cent)\s*\}?$/is.exec(plain);
  if (percent?.[1] !== undefined) return { body: `${percent[1]}\\%`, unit: null };
  const money = MONEY.exec(plain);
  if (money !== null) return { body: `${money[1]}${plain.slice(money[0].length)}`, unit: "dollars" };
  const degrees = DEGREES.exec(plain);
  if (degrees?.[1] !== undefined && !/[a-z]{2}/.test(degrees[1].replace(/\\(?:frac|sqrt|pi|cdot)/g, "")))
    return { body: degrees[1], unit: degrees[2] === undefined ? "degrees" : `°${degrees[2]}` };
  const typeset = TYPESET.exec(plain);
  if (typeset?.[1] !== undefined && isUnitText(typeset[2] as string))
    return { body: typeset[1], unit: `${typeset[2]}${typeset[3] === undefined ? "" : `^${typeset[3]}`}` };
  const bare = PLAIN.exec(plain);
  if (bare?.[1] !== undefined && isUnit(bare[2] as string))
    return { body: bare[1], unit: `${bare[2]}${bare[3] === undefined ? "" : `^${bare[3]}`}` };
  return { body: plain, unit: null };
}

/** True when two units are the same. A missing unit agrees with each unit. */
export function unitsAgree(one: string | null, other: string | null): boolean {
  if (one === null || other === null || one === other) return true;
  const [a, b] = [readUnit(one), readUnit(other)];
  return a !== null && b !== null && sameUnit(a, b);
}

/** True for words that can be a unit. Up to two letters must be in the table: `i` is no unit. */
function isUnitText(name: string): boolean {
  return !NO_UNIT.test(name) && (name.length > 2 || knownUnit(name) !== null);
}

/** True for names of units that the table has, of more than one letter. */
function isUnit(name: string): boolean {
  if (NO_UNIT.test(name) || !/[a-z]{2}/i.test(name)) return false;
  return name.split(/\s*\/\s*|\s+per\s+|\s+/).every((word) => knownUnit(word) !== null);
}
