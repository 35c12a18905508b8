/** Markup that is already safe to insert. */
export class Markup {
  constructor(readonly text: string) {}
}

type Part = Markup | string | number | null | false | readonly Part[];

/** Escapes what is inserted; markup, and lists of it, go in as they are. Model and document text can only become text. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = strings[0] ?? "";
  parts.forEach((part, index) => {
    text += insert(part) + (strings[index + 1] ?? "");
  });
  return new Markup(text);
}

function insert(part: Part): string {
  if (part === null || part === false) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(insert).join("");
  return escapeText(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text for element content and quoted attributes. Control characters that HTML forbids become a visible mark. */
export function escapeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach the page.
  return text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "␀").replaceAll(/[&<>"']/g, (one) => ENTITIES[one] ?? one);
}

/** JSON for a script element: nothing in it can end the element. */
export function scriptJson(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029"));
}
