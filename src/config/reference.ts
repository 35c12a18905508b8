import { experimentalNote, withExperimentalNote } from "./experimental.js";
import { isPartOfChoice, isSection, type Setting, settings } from "./json-schema.js";
import { mergeLayers } from "./layers.js";
import { presets } from "./presets.js";
import { typeOf } from "./setting-type.js";
import { wrap } from "./wrap.js";

/** The list of settings in docs/configuration.md. A test compares it with that file. */
export function settingsReference(): string {
  const all = settings().filter((setting) => !isPartOfChoice(setting));
  const lines: string[] = [];
  const section = (title: string, parent: Setting | null, members: typeof all): void => {
    const about = parent === null ? "" : withExperimentalNote(parent.path, parent.schema.description);
    // The note on a section applies to all its settings and is written once.
    const noted = parent !== null && experimentalNote(parent.path) !== "";
    lines.push(`### ${title}`, "", ...wrap(about, ""), "");
    for (const setting of members) {
      const { path, schema } = setting;
      lines.push(...wrap(`- **\`${path}\`**: ${factsOf(setting)}`, "  "));
      const meaning = noted ? (schema.description ?? "") : withExperimentalNote(path, schema.description);
      lines.push(...wrap(meaning, "  ").map((line) => `  ${line.trimStart()}`));
    }
    lines.push("");
  };
  section(
    "Top level",
    null,
    all.filter((setting) => !setting.path.includes(".") && !isSection(setting)),
  );
  for (const parent of all.filter(isSection)) {
    const members = all.filter(
      (setting) =>
        setting.path.startsWith(`${parent.path}.`) &&
        !setting.path.slice(parent.path.length + 1).includes(".") &&
        !isSection(setting),
    );
    section(`\`${parent.path}\``, parent, members);
  }
  return lines.join("\n").replaceAll(/\n{3,}/g, "\n\n");
}

const demo = mergeLayers([{ name: "demo", values: presets.demo }]);

/** The type of a setting, its default, and its value in `demo` when that is another value. */
export function factsOf({ path, schema }: Setting): string {
  const values = [`Default ${code(schema.default)}`];
  if (demo.origins.has(path)) values.push(`\`demo\` ${code(valueAt(demo.values, path))}`);
  return `${typeOf(schema)}. ${values.join("; ")}.`;
}

function valueAt(values: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], values);
}

/** JSON with spaces, so that a long value can be split into lines. */
function code(value: unknown): string {
  if (value === undefined) return "none";
  return `\`${JSON.stringify(value, null, 1).replaceAll(/\s*\n\s*/g, " ")}\``;
}
