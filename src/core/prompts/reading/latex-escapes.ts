/**
 * LaTeX commands that begin with `\n`, `\t` or `\r`. JSON reads these two characters as a line
 * break, a tab or a carriage return. Without this list, `"\nu"` is valid JSON for a line break and
 * `u`. Names whose other letters are an English word, such as `\trace`, are not in the list: a tab
 * before the word is as likely.
 */
const COMMANDS = new Set(
  (
    "nabla natural ncong ne nearrow neg negmedspace negthickspace negthinspace neq newcommand newline nexists " +
    "ngeq ngeqq ngeqslant ngtr nicefrac nleftarrow nLeftarrow nleftrightarrow nLeftrightarrow nleq nleqq " +
    "nleqslant nless nmid nobreak nobreakspace nolimits nonumber norm normalfont normalsize not notag notin " +
    "notni nparallel nprec npreceq nrightarrow nRightarrow nshortmid nshortparallel nsim nsubset nsubseteq " +
    "nsubseteqq nsucc nsucceq nsupset nsupseteq nsupseteqq nthroot ntriangleleft ntrianglelefteq " +
    "ntriangleright ntrianglerighteq nu nvdash nvDash nVdash nVDash nwarrow " +
    "rVert rJoin " +
    "textbackslash textdollar texteuro textmu textohm textpm textquotesingle " +
    "tag tan tanh tau tbinom tdots tensor text textbf textcolor textdegree textit textmd textnormal textrm " +
    "textsc textsf textsl textstyle textsubscript textsuperscript texttt textup tfrac therefore theta " +
    "thickapprox thicksim thickspace thinspace tie tilde times tiny to top triangle triangledown triangleleft " +
    "trianglelefteq triangleq triangleright trianglerighteq twoheadleftarrow twoheadrightarrow"
  ).split(" "),
);

/**
 * Doubles the backslashes of a JSON text that belong to LaTeX and not to a JSON escape, in one
 * linear scan. Quotes, brackets and commas are never repaired.
 *
 * - An escape that JSON does not have (`\sqrt`, `\(`, `\u` without four digits) is LaTeX.
 * - `\b` and `\f` before a letter are LaTeX (`\bigl`, `\frac`): a text has no backspace and no form
 *   feed.
 * - `\r` before a small letter is LaTeX (`\rvert`): a line does not end in a carriage return alone.
 * - `\n` and `\t` before letters are a line break and a tab, except where the letters are the name
 *   of a command (`\neq`, `\times`), or where a brace follows the small letters (`\nset{1}`).
 */
export function protectLatex(json: string): string {
  return json.replace(
    /\\(?:u[0-9a-fA-F]{4}|([A-Za-z]+)|[\s\S])/g,
    (sequence: string, name: string | undefined, at: number) => {
      if (name === undefined) return isJsonEscape(sequence) ? sequence : `\\${sequence}`;
      return isCommand(name, json, at) ? `\\${sequence}` : sequence;
    },
  );
}

function isJsonEscape(sequence: string): boolean {
  return sequence.length === 6 || '"\\/'.includes(sequence.charAt(1));
}

/**
 * @param name letters behind a backslash
 * @param at place of the backslash
 */
function isCommand(name: string, json: string, at: number): boolean {
  const first = name.charAt(0);
  if (!"bfnrt".includes(first)) return true;
  if (name.length === 1) return false;
  if ("bf".includes(first) || COMMANDS.has(name)) return true;
  const isSmall = /^[a-z]+$/.test(name);
  if (first === "r") return isSmall;
  const next = json.charAt(at + 1 + name.length);
  // `x \ni y`, `\tr(A)`. A line break and the word `i`, or a tab and the letter `r`, are as likely.
  if (name === "ni" || name === "tr")
    return "{}($".includes(next) || (next === " " && json.charAt(at - 1) === " ");
  return isSmall && next === "{";
}
