/**
 * Inline markup, in this order: literal text, a role, a link or other text in single quotes, a
 * reference to a footnote, a substitution, strong and emphasized text, a reference of one word, an
 * escaped character.
 */
const MARKUP = new RegExp(
  [
    /``(?<literal>(?:[^`]|`(?!`))+)``/,
    /(?<![\w:]):(?<role>[A-Za-z][\w+.:-]*):`(?<named>(?:[^`\\]|\\[\s\S])+)`/,
    /`(?<quoted>(?:[^`\\]|\\[\s\S])+)`(?:__?|:[A-Za-z][\w+.:-]*:)?/,
    /\s?(?<note>\[(?:\d+|\*|#[\w-]*)\]_)/,
    /\|(?<substitution>[^|\s](?:[^|\n]*[^|\s])?)\|(?:__?)?/,
    /\*\*(?<strong>\S(?:[^*]*[^*\s])?)\*\*/,
    /(?<![\w*])\*(?<emphasis>[^\s*](?:[^*]*[^*\s])?)\*(?![\w*])/,
    /(?<![\w`])(?<reference>[A-Za-z][A-Za-z0-9-]*)__?(?=[\s.,;:)\]]|$)/,
    /\\(?<escaped>[\s\S])/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);

/**
 * The text without inline markup: the words of links, roles, and literal and emphasized text.
 *
 * @param substitutions texts that `|name|` stands for
 */
export function withoutInlineMarkup(text: string, substitutions: ReadonlyMap<string, string>): string {
  return text.replace(MARKUP, (...match) => {
    const found = match.at(-1) as Record<string, string | undefined>;
    if (found["literal"] !== undefined) return found["literal"];
    if (found["named"] !== undefined) return ofRole(found["role"] ?? "", found["named"]);
    if (found["quoted"] !== undefined) return withoutTarget(found["quoted"]);
    if (found["note"] !== undefined) return "";
    const name = found["substitution"];
    if (name !== undefined) return substitutions.get(name) ?? name;
    const escaped = found["escaped"];
    if (escaped !== undefined) return /\s/.test(escaped) ? "" : escaped;
    return found["strong"] ?? found["emphasis"] ?? found["reference"] ?? "";
  });
}

function ofRole(role: string, text: string): string {
  if (/^(?:index|raw)$/.test(role)) return "";
  const shown = withoutTarget(text);
  // Sphinx shows the last part of `~package.name`, and `name` for `!name`.
  if (shown.startsWith("~")) return shown.slice(1).split(".").at(-1) ?? "";
  return shown.replace(/^!/, "");
}

function withoutTarget(text: string): string {
  const named = /^([\s\S]*\S)\s*<[^<>]*>$/.exec(text);
  return named?.[1] ?? text.replace(/^<([^<>]*)>$/, "$1");
}
