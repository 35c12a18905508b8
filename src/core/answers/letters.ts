/** Letters with strokes and joined letters, which have no accent that could be removed. */
const PLAIN: Readonly<Record<string, string>> = {
  "\u0142": "l",
  "\u00f8": "o",
  "\u0111": "d",
  "\u00f0": "d",
  "\u00fe": "th",
  "\u00e6": "ae",
  "\u0153": "oe",
  "\u00df": "ss",
  "\u1e9e": "ss",
  "\u0127": "h",
  "\u0131": "i",
  "\u0167": "t",
  "\u014b": "n",
  "\u0140": "l",
};
/** Letters that some languages write as two: `Müller` is `Mueller`, `Ærø` is `Aeroe`. */
const TWO: Readonly<Record<string, string>> = {
  "\u00e4": "ae",
  "\u00f6": "oe",
  "\u00fc": "ue",
  "\u00e5": "aa",
  "\u00f8": "oe",
};
const STROKED = new RegExp(`[${Object.keys(PLAIN).join("")}]`, "g");
const DOUBLED = new RegExp(`[${Object.keys(TWO).join("")}]`, "g");

/** Lower-case text without strokes: `łódź` is `lódź`. Accents stay. */
export function withoutStrokes(lower: string): string {
  return lower.replace(STROKED, (letter) => PLAIN[letter] as string);
}

/** Lower-case text with each umlaut as two letters: `göthe` is `goethe`. */
export function withTwoLetters(lower: string): string {
  return lower.normalize("NFC").replace(DOUBLED, (letter) => TWO[letter] as string);
}
