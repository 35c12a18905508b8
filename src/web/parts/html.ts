/** HTML that is safe to insert. */
export class Markup {
  constructor(readonly text: string) {}
}

type Part = Markup | string | number | null | false | readonly Part[];

/**
 * Template tag for HTML. It escapes inserted texts and numbers. `Markup` and lists of it are
 * inserted unchanged. Texts of models and documents can therefore never become HTML.
 */
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

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** True for C0 control characters except tab, line feed and carriage return. HTML forbids them. */
const isForbidden = (character: string): boolean => character < " " && !"\t\n\r".includes(character);

/**
 * Escapes a text for the content of elements and for quoted attributes. Control characters become a
 * visible mark.
 */
export function escapeText(text: string): string {
  const shown = [...text].some(isForbidden)
    ? [...text].map((character) => (isForbidden(character) ? "\u2400" : character)).join("")
    : text;
  return shown.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
