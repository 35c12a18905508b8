import { isPartOfChoice, isSection, type JsonSchema, settings } from "./json-schema.js";
import { mergeLayers } from "./layers.js";
import { presets } from "./presets.js";

/** The tables of docs/configuration.md; a test compares them with the file. */
export function settingsReference(): string {
  const demo = mergeLayers([{ name: "demo", values: presets.demo }]);
  const all = settings().filter((one) => !isPartOfChoice(one));
  const lines: string[] = [];
  const section = (title: string, description: string, members: typeof all): void => {
    lines.push(
      `### ${title}`,
      "",
      description,
      "",
      "| Setting | Type | Default | `demo` | Meaning and source |",
      "| --- | --- | --- | --- | --- |",
    );
    for (const { path, schema } of members) {
      const own = demo.origins.has(path)
        ? code(
            path
              .split(".")
              .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], demo.values),
          )
        : "";
      lines.push(
        `| \`${path}\` | ${cell(typeOf(schema))} | ${code(schema.default)} | ${own} | ${cell(schema.description ?? "")} |`,
      );
    }
    lines.push("");
  };
  section(
    "Top level",
    "",
    all.filter((one) => !one.path.includes(".") && !isSection(one)),
  );
  for (const parent of all.filter(isSection)) {
    const members = all.filter(
      (one) =>
        one.path.startsWith(`${parent.path}.`) &&
        !one.path.slice(parent.path.length + 1).includes(".") &&
        !isSection(one),
    );
    section(`\`${parent.path}\``, parent.schema.description ?? "", members);
  }
  return lines.join("\n").replaceAll(/\n{3,}/g, "\n\n");
}

const cell = (text: string): string => text.replaceAll("|", "\\|");
const code = (value: unknown): string => (value === undefined ? "" : `\`${cell(JSON.stringify(value))}\``);

/** A short type with its bounds: `integer, 1 or more`. */
function typeOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(", ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.type === "array")
    return `list of ${schema.items === undefined ? "anything" : typeOf(schema.items)}`;
  if (schema.properties !== undefined) return `{ ${Object.keys(schema.properties).join(", ")} }`;
  const bounds: string[] = [];
  if (schema.exclusiveMinimum !== undefined) bounds.push(`above ${schema.exclusiveMinimum}`);
  else if (schema.minimum !== undefined) bounds.push(`${schema.minimum} or more`);
  if (schema.exclusiveMaximum !== undefined) bounds.push(`below ${schema.exclusiveMaximum}`);
  else if (schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER)
    bounds.push(`at most ${schema.maximum}`);
  return [schema.type ?? "object", ...bounds].join(", ");
}
