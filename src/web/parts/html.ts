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

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** C0 control characters but tab, line feed and carriage return: HTML forbids them. */
const isForbidden = (character: string): boolean => character < " " && !"\t\n\r".includes(character);

/** Text for element content and quoted attributes. Control characters become a visible mark. */
export function escapeText(text: string): string {
  const shown = [...text].some(isForbidden)
    ? [...text].map((one) => (isForbidden(one) ? "\u2400" : one)).join("")
    : text;
  return shown.replaceAll(/[&<>"']/g, (one) => ENTITIES[one] ?? one);
}
