/**
 * LaTeX commands whose first letter is also a JSON escape (`\b \f \n \r \t`). Without this list,
 * `"\frac12"` is valid JSON for a form feed and `rac12`.
 */
const COMMANDS = new Set(
  (
    "bar bf because begin beta between bigcap bigcup big bigg binom blacksquare bmod boldsymbol bot bowtie boxed bullet " +
    "flat floor forall frac frown " +
    "nabla natural ne nearrow neg neq newline nexists nmid nolimits not notin nparallel nsubseteq nu nwarrow " +
    "rangle rbrace rceil right rightarrow rightharpoonup rm root rfloor rho " +
    "tan tanh tau tbinom text textbf textit textrm tfrac therefore theta tilde times to top triangle triangleq"
  ).split(" "),
);

/**
 * Doubles the backslashes of a JSON text that belong to LaTeX and not to a JSON escape, in one
 * linear scan. These are: a backslash before the name of a known command, and any escape that JSON
 * does not have (`\sqrt`, `\(`, `\u` without four digits). Quotes, brackets and commas are never
 * repaired.
 */
export function protectLatex(json: string): string {
  return json.replace(
    /\\(?:u[0-9a-fA-F]{4}|([A-Za-z]+)|[\s\S])/g,
    (sequence: string, name: string | undefined) => {
      if (name === undefined) return isJsonEscape(sequence) ? sequence : `\\${sequence}`;
      const first = name.charAt(0);
      if (!"bfnrt".includes(first)) return `\\${sequence}`;
      return COMMANDS.has(name) ? `\\${sequence}` : sequence;
    },
  );
}

function isJsonEscape(sequence: string): boolean {
  return sequence.length === 6 || '"\\/'.includes(sequence.charAt(1));
}
