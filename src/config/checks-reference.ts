import { CHECKS } from "../core/admission/checks.js";
import type { STAGE_LABELS } from "../core/admission/stages.js";
import { presets } from "./presets.js";
import { wrap } from "./wrap.js";

/** Neighbors in the list of checks that have the same stage. */
interface Part {
  readonly stage: keyof typeof STAGE_LABELS;
  readonly lines: string[];
}

/**
 * The list of checks in docs/admission.md, in the order of the checks, with a heading for each
 * stage. `npm run gen` writes it into the file.
 */
export function checksReference(): string {
  const parts: Part[] = [];
  for (const check of CHECKS) {
    const { stage } = check;
    if (parts.at(-1)?.stage !== stage) parts.push({ stage, lines: [] });
    parts.at(-1)?.lines.push(...entry(check));
  }
  return parts.map(({ stage, lines }) => [`### Stage \`${stage}\``, "", ...lines].join("\n")).join("\n\n");
}

/** One check as an entry of a list: what it demands, then its codes, presets and cost. */
function entry(check: (typeof CHECKS)[number]): string[] {
  const { setting, codes, describe, cost } = check;
  const demo: unknown = presets.demo.admission;
  const severity =
    setting === null ? "" : ` In \`spice\`: off. In \`demo\`: ${shown(valueAt(demo, setting))}.`;
  const paper = "paper" in check ? ` In the paper: ${check.paper}.` : "";
  const names = Object.keys(codes).map(code);
  const title = setting === null ? "always on" : code(setting);
  const label = names.length === 1 ? "Code" : "Codes";
  const [first = "", ...rest] = wrap(`${label}: ${names.join(", ")}.${severity} Cost: ${cost}.`, "  ");
  return [...wrap(`- **${title}**: ${describe}${paper}`, "  "), `  ${first}`, ...rest];
}

const code = (text: string): string => `\`${text}\``;

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
