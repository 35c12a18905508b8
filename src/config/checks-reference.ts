import { CHECKS } from "../core/admission/checks.js";
import { presets } from "./presets.js";

/**
 * The table of checks in docs/admission.md, in the order of the checks. `npm run gen` writes it
 * into the file.
 */
export function checkTable(): string {
  const demo: unknown = presets.demo.admission;
  const rows = CHECKS.map(({ setting, codes, stage, describe, cost, ...rest }) => {
    const paper = "paper" in rest ? ` Paper: ${rest.paper}.` : "";
    return [
      stage,
      Object.keys(codes).map(code).join(", "),
      describe + paper,
      setting === null ? "always on" : code(setting),
      setting === null ? "on" : "off",
      setting === null ? "on" : shown(valueAt(demo, setting)),
      cost,
    ];
  });
  const head = [
    "Stage",
    "Codes",
    "What the check demands",
    "Setting (`admission.`)",
    "`spice`",
    "`demo`",
    "Cost",
  ];
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n");
}

const code = (text: string): string => `\`${text}\``;
const cell = (text: string): string => text.replaceAll("|", "\\|");

function valueAt(node: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((group, key) => (group as Readonly<Record<string, unknown>> | undefined)?.[key], node);
}

/**
 * The text of a severity, or of the settings of a check with attempts: `attempts: 4, required: 3`.
 */
function shown(value: unknown): string {
  if (value === undefined) return "off";
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([name, setting]) => `${name}: ${setting}`)
    .join(", ");
}
