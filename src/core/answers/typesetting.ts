const COMMANDS =
  /\\(?:text(?:normal|rm|bf|it|sf|tt)?|math(?:rm|bf|it|sf)|mbox|operatorname|emph|unit|si)\s*\{([^{}]*)\}/g;
const TEN_TO = /(?<![\d.,])10([\u207a\u207b]?[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]{1,3})(?![\d^])/g;

/**
 * A text without LaTeX commands that only set its type: `\text{km}` is `km`, `\mathrm{m}` is `m`.
 *
 * @param beside what stands on both sides of the contents afterwards
 */
export function withoutCommands(text: string, beside = " "): string {
  return text.includes("\\") ? text.replace(COMMANDS, `${beside}$1${beside}`) : text;
}

/**
 * A numeral as plain text: no dollar signs around a part and no sizes of brackets; no braces around
 * separators (`1{,}234`), LaTeX spaces (`1\,234`) or negative spaces (`1,\!234`); one kind of dash;
 * `10⁶` and `10**6` as `10^6`; single white space.
 */
export function plainNumeral(text: string): string {
  return text
    .replace(/(?<!\\)\$ ?([^$]*\d[^$]*?) ?(?<!\\)\$(?!\d)/g, "$1")
    .replace(/(?<=\d) ?\{ ?, ?\} ?(?=\d{3})/g, ",")
    .replace(/\\(?:left|right) ?(?=[()])/g, "")
    .replace(/\{ ?([,.]|\\[,;:! ]) ?\}/g, "$1")
    .replace(/\\! ?/g, "")
    .replace(/\\(?:[,;: ]|(?:thin|en)space\b|q?quad\b)|(?<=\d)~(?=\d)/g, " ")
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(TEN_TO, (_, exponent: string) => `10^${exponent.normalize("NFKC").replace("\u2212", "-")}`)
    .replace(/(?<=(?:^|\D)10)\*\*(?=-?\d)/g, "^")
    .replace(/(?<=\d) ?[\u00b7\u22c5] ?(?=10\^)/g, "*")
    .replace(/\s+/g, " ")
    .trim();
}
