/** Commands whose argument is text. */
const TEXT = /^\\(?:text|mathrm)\s*\{([^{}]*)\}$/;
const WORDS = /^\p{L}[\p{L}'-]*(?:\s+\p{L}[\p{L}'-]*)*$/u;
/** Symbols of the chemical elements. */
const ELEMENTS = new Set(
  (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr " +
    "Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm " +
    "Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm"
  ).split(" "),
);
const CHEMICAL =
  /^\d{0,2}(?:[A-Z][a-z]?\d{0,3}|\((?:[A-Z][a-z]?\d{0,3}){1,8}\)\d{0,2}){1,24}(?:\^(?:\d?[+-]))?$/;

/** Words as an answer. */
export interface Words {
  readonly words: readonly string[];
  /** True when `\text` or a command like it stands around the words. */
  readonly typeset: boolean;
}

/**
 * The words of an answer that is nothing but words, in their order; null for other texts. Case does
 * not matter, except for a single letter, which can be the name of a variable or a point.
 *
 * @param plain the result of `plainLatex`, for the answer without dollar signs
 */
export function readWords(plain: string): Words | null {
  const typeset = TEXT.exec(plain)?.[1];
  const inner = (typeset ?? plain).trim().replace(/\.$/, "");
  if (!WORDS.test(inner)) return null;
  const words = inner.split(/\s+/);
  const isLetter = words.length === 1 && words[0]?.length === 1;
  return {
    words: isLetter ? words : words.map((word) => word.toLowerCase()),
    typeset: typeset !== undefined && !isLetter,
  };
}

/**
 * The normal form of a chemical formula: `CO_{2}`, `CO₂` and `\mathrm{CO_2}` are `CO2`. Null for
 * other texts. A chemical formula consists of symbols of elements. It has a two or more symbols,
 * or a count from 2. So `CO` keeps its order, and `ab` is a product.
 *
 * @param plain as of `readWords`
 */
export function readChemical(plain: string): string | null {
  const marked = /^\\(?:mathrm|ce)\s*\{(.*)\}$/.exec(plain);
  const bare = (marked?.[1] ?? TEXT.exec(plain)?.[1] ?? plain)
    .replace(/\\(?:mathrm|text)\s*\{([^{}]*)\}/g, "$1")
    .replace(/_\{(\d{1,3})\}|_(\d)/g, "$1$2")
    .replace(/\^\{(\d?[+-])\}/g, "^$1")
    .replace(/\s+/g, "");
  if (bare.length < 2 || bare.length > 64 || !CHEMICAL.test(bare)) return null;
  const symbols = bare.match(/[A-Z][a-z]?/g) ?? [];
  if (!symbols.every((symbol) => ELEMENTS.has(symbol))) return null;
  const counts = [...bare.matchAll(/[A-Za-z)](\d+)/g)].map((match) => Number(match[1]));
  if (counts.some((count) => count < 2)) return null;
  return symbols.length > 1 || counts.length > 0 ? bare : null;
}
