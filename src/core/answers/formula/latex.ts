/** Spaces that LaTeX writes between groups of digits. */
const DIGIT_GROUPS = /(?<![\d.])(\d{1,3})((?:(?:\{,\}|,\\!|\\[,;:! ]|~)\d{3})+)(?!\d)/g;
const GROUP_SPACE = /\{,\}|,\\!|\\[,;:! ]|~/g;
/** Commands that change the size or the font of what follows, and spaces. They have no meaning. */
const TYPESETTING =
  /\\(?:left|right|[bB]ig{1,2}[lrm]?|displaystyle|textstyle|limits|quad|qquad|enspace|thinspace|hspace\{[^{}]*\}|phantom\{[^{}]*\})(?![A-Za-z])|(?<!\\)\\[,;:! ]|~/g;

/**
 * The formula without typesetting that has no meaning: Unicode characters become LaTeX or ASCII,
 * spaces within a number go, sizes go, and variants of a command become one command. Superscripts
 * come first, because NFKC would make x² the product x2.
 */
export function plainLatex(text: string): string {
  return (
    text
      .replace(
        /[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207a\u207b]+/g,
        (run) => `^{${run.normalize("NFKC")}}`,
      )
      .replace(/[\u2080-\u2089]+/g, (run) => `_{${run.normalize("NFKC")}}`)
      .replace(/(?<=\d)([\u00bc-\u00be\u2150-\u215e])/g, (sign) => ` ${sign.normalize("NFKC")}`)
      .replaceAll("\u00b0", "^\\circ ")
      .normalize("NFKC")
      .replace(/[\u2010-\u2015\u2212]/g, "-")
      .replace(/[\u00d7\u00b7\u22c5\u2217]/g, "*")
      .replace(/[\u00f7\u2044]/g, "/")
      .replace(/\u221a/g, "\\sqrt ")
      .replace(/\u221e/g, "\\infty ")
      .replace(/\u00b1/g, "\\pm ")
      .replace(/\u222a/g, "\\cup ")
      .replace(/\u2208/g, "\\in ")
      .replace(/\u2248/g, "\\approx ")
      .replace(/\u211d/g, "\\mathbb{R}")
      .replace(/\\(?:begin|end)\{(?:equation|align|aligned|gather)\*?\}/g, " ")
      .replace(DIGIT_GROUPS, (_, first: string, rest: string) => first + rest.replace(GROUP_SPACE, ""))
      .replace(TYPESETTING, " ")
      .replace(/\\(begin|end)\{array\}(?:\s*\{[lcr| ]*\})?/g, "\\$1{matrix}")
      .replace(/_\s*\{\s*\\(?:text|mathrm|textrm)\s*\{([A-Za-z0-9]{1,16})\}\s*\}/g, "_{$1}")
      .replace(/\u2205/g, "\\emptyset ")
      // f(x) = ... gives a value to f.
      .replace(/^\s*([A-Za-z])\s*\(\s*[a-z]\s*\)\s*=(?!.*[A-Za-z]\s*\(\s*[a-z]\s*\)\s*=)/s, "$1 =")
      .replace(/\\(?:tfrac|dfrac|cfrac)(?![A-Za-z])/g, "\\frac")
      .replace(/\\(?:dbinom|tbinom)(?![A-Za-z])/g, "\\binom")
      .replace(/\\(?:textnormal|mbox|textrm|textit|textbf|textup|mathsf|rm)(?=\s*\{)/g, "\\text")
      .replace(/\\operatorname\*?(?=\{)/g, "\\operatorname")
      .replace(/\.\s*$/, "")
      .trim()
  );
}

/** Text without dollar signs or `\(...\)` around the whole, and without white space at its ends. */
export function withoutDollars(text: string): string {
  const inner = text.trim();
  const match =
    /^\$\$?([^$]+)\$\$?$/.exec(inner) ??
    /^\\\(((?:(?!\\\)).)*)\\\)$/s.exec(inner) ??
    /^\\\[((?:(?!\\\]).)*)\\\]$/s.exec(inner);
  return match?.[1]?.trim() ?? inner;
}
