/**
 * A template of a prompt: text with named slots. `{question}` is a slot. `{#form} ({form}){/form}`
 * is text that stands only when the slot is not empty. `{{question}}` is the text `{question}`.
 * Other braces are text.
 */
export interface Template {
  readonly parts: readonly Part[];
}

type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "slot"; readonly name: string }
  | { readonly kind: "section"; readonly name: string; readonly parts: readonly Part[] };

/** A problem of a template, with its line from 1. */
export interface TemplateProblem {
  readonly line: number;
  readonly text: string;
}

/** Values of slots by name. A slot without a value is empty. */
export type SlotValues = Readonly<Record<string, string>>;

const MARK = /\{\{(?<escaped>[a-z_]+)\}\}|\{(?<sign>[#/]?)(?<name>[a-z_]+)\}/g;

/**
 * Reads a template.
 *
 * @param known names of the slots that the prompt has
 * @param required names that must be used
 * @returns the template, or its first problem
 */
export function parseTemplate(
  text: string,
  known: readonly string[],
  required: readonly string[] = [],
): { readonly ok: true; readonly template: Template } | ({ readonly ok: false } & TemplateProblem) {
  const lineAt = (index: number) => text.slice(0, index).split("\n").length;
  const open: { readonly name: string; readonly parts: Part[]; readonly at: number }[] = [];
  const root: Part[] = [];
  const used = new Set<string>();
  let end = 0;
  const parts = () => open.at(-1)?.parts ?? root;
  const addText = (more: string) => {
    if (more !== "") parts().push({ kind: "text", text: more });
  };
  for (const match of text.matchAll(MARK)) {
    const { escaped, sign, name = "" } = match.groups ?? {};
    addText(text.slice(end, match.index));
    end = match.index + match[0].length;
    if (escaped !== undefined) {
      addText(`{${escaped}}`);
      continue;
    }
    const line = lineAt(match.index);
    if (!known.includes(name)) return { ok: false, line, text: unknownSlot(match[0], name, known) };
    if (sign === "#") open.push({ name, parts: [], at: line });
    else if (sign === "/") {
      const section = open.pop();
      if (section?.name !== name)
        return { ok: false, line, text: `${match[0]} ends a part that is not open.` };
      parts().push({ kind: "section", name, parts: section.parts });
    } else {
      used.add(name);
      parts().push({ kind: "slot", name });
    }
  }
  addText(text.slice(end));
  const left = open.at(-1);
  if (left !== undefined)
    return { ok: false, line: left.at, text: `{#${left.name}} has no end {/${left.name}}.` };
  const missing = required.find((name) => !used.has(name));
  if (missing !== undefined)
    return { ok: false, line: 1, text: `The slot {${missing}} is missing, and the prompt needs it.` };
  return { ok: true, template: { parts: root } };
}

function unknownSlot(mark: string, name: string, known: readonly string[]): string {
  const slots = known.map((one) => `{${one}}`).join(", ");
  return `${mark} is no slot of this prompt. It has ${slots}. For the text itself write {{${name}}}.`;
}

/** The text of a template. A value is never read as a template. */
export function renderTemplate({ parts }: Template, values: SlotValues): string {
  const slot = (name: string) => (Object.hasOwn(values, name) ? (values[name] ?? "") : "");
  return parts
    .map((part) => {
      if (part.kind === "text") return part.text;
      if (part.kind === "slot") return slot(part.name);
      return slot(part.name) === "" ? "" : renderTemplate(part, values);
    })
    .join("");
}

/** True when a template uses the slot. */
export function usesSlot(template: Template, name: string): boolean {
  return template.parts.some(
    (part) =>
      (part.kind === "slot" && part.name === name) || (part.kind === "section" && usesSlot(part, name)),
  );
}
