/** What becomes of an explicit markup block (`.. something`) of reStructuredText. */
export type Markup =
  /** Nothing of the block belongs to the text. */
  | { readonly kind: "dropped" }
  /** A note for authors. Nothing of the block belongs to the text. */
  | { readonly kind: "comment" }
  /** The body is shown as it stands. */
  | { readonly kind: "literal" }
  /** `first` is a line before the body; empty for none. The body is text with markup. */
  | { readonly kind: "text"; readonly first: string }
  /** `name` stands for `text` in the rest of the file. */
  | { readonly kind: "substitution"; readonly name: string; readonly text: string };

const LITERAL = new Set(
  "code code-block sourcecode parsed-literal doctest testcode testoutput prompt math productionlist".split(
    " ",
  ),
);
const DROPPED = new Set(
  (
    "image include toctree contents index raw highlight highlightlang meta tabularcolumns sectnum " +
    "section-numbering role default-role literalinclude module currentmodule sectionauthor " +
    "moduleauthor codeauthor header footer target-notes title class testsetup testcleanup " +
    "automodule autoclass autofunction plot graphviz default-domain program"
  ).split(" "),
);
/** Directives whose argument is a file name or a setting, and whose body is text. */
const WITHOUT_ARGUMENT = new Set(
  "figure only ifconfig list-table container rst-class epigraph highlights pull-quote table".split(" "),
);
const VERSIONS: Readonly<Record<string, string>> = {
  versionadded: "New in version",
  versionchanged: "Changed in version",
  deprecated: "Deprecated since version",
  "deprecated-removed": "Deprecated since version",
};

/**
 * Decides about a block.
 *
 * @param start the rest of the line after `.. `
 */
export function explicitMarkup(start: string): Markup {
  const substitution = /^\|([^|]+)\|\s+([\w-]+)::\s*(.*)$/.exec(start);
  if (substitution !== null) {
    const [, name = "", directive = "", value = ""] = substitution;
    return { kind: "substitution", name, text: directive === "replace" ? value : "" };
  }
  const note = /^\[([^\]\s]+)\]\s+(.*)$/.exec(start);
  if (note !== null) return { kind: "text", first: `[${note[1]}] ${note[2]}` };
  const directive = /^([A-Za-z][\w+.:-]*?)\s?::(?:\s+(.*))?$/.exec(start);
  // All that is no directive is a target (`_name:`, `__`) or a comment.
  if (directive === null) return { kind: start.startsWith("_") ? "dropped" : "comment" };
  const [, written = "", argument = ""] = directive;
  const name = (written.split(":").at(-1) ?? "").toLowerCase();
  if (LITERAL.has(name)) return { kind: "literal" };
  if (DROPPED.has(name)) return { kind: "dropped" };
  const version = VERSIONS[name];
  if (version !== undefined) return { kind: "text", first: `${version} ${argument}`.trim() };
  return { kind: "text", first: WITHOUT_ARGUMENT.has(name) ? "" : argument };
}
