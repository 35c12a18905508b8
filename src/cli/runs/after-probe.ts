import { percent } from "../../web/parts/format.js";
import type { Output } from "../terminal/output.js";
import type { Probed, Tried } from "./probe-model.js";

/** Below this share of admitted proposals, a run would have almost nothing to train on. */
const LEAST_ADMITTED = 0.05;

/** The options that chose the configuration of a command. */
export interface GivenOptions {
  readonly config?: string | undefined;
  /** Name of the run; not an option of a probe. */
  readonly name?: string | undefined;
  readonly set: readonly string[];
}

/** What a person should do after a probe. */
export interface AfterProbe {
  /** Facts before the command, one sentence each. */
  readonly notes: readonly string[];
  readonly command: string;
}

/** Share of the proposals of a try that became a task. */
export const admittedOf = ({ report }: Tried): number => report.admitted?.estimate ?? 0;

/**
 * What to do after a probe: train with the settings that admitted most, or, when no try admitted
 * enough, try the next change.
 *
 * @param given the options that chose the configuration
 */
export function afterProbe({ tried }: Probed, given: GivenOptions): AfterProbe {
  const [first, ...changes] = tried;
  if (first === undefined) return { notes: [], command: commandWith("probe", given) };
  const best = changes.reduce((most, one) => (admittedOf(one) > admittedOf(most) ? one : most), first);
  if (admittedOf(best) >= LEAST_ADMITTED) {
    const seconds = Math.round(Math.max(first.warmupSeconds, best.warmupSeconds));
    const notes = seconds === 0 ? [] : [`\`spice train\` makes the warm start again, in about ${seconds} s.`];
    return { notes, command: commandWith("train", given, best.settings) };
  }
  const share = admittedOf(best);
  const few =
    share === 0
      ? "No proposal is admitted. A run would have nothing to train on, so change something first."
      : `Only ${percent(share)} of the proposals are admitted. A run would have almost nothing to train on, so change something first.`;
  const done = new Set(tried.map(({ settings }) => settings.join(" ")));
  const next = first.report.advice.find(
    ({ settings }) => settings.length > 0 && !done.has(settings.join(" ")),
  );
  if (next !== undefined) return { notes: [few], command: commandWith("probe", given, next.settings) };
  return {
    notes: [
      few,
      "Choose a larger model or one that follows instructions, or change what the lines above name. docs/your-documents.md has the changes for each reason.",
    ],
    command: `${commandWith("probe", given)} -s 'model.id=<model>'`,
  };
}

/** Prints what to do after a probe. */
export function printAfterProbe(probed: Probed, given: GivenOptions, output: Output): void {
  const { notes, command } = afterProbe(probed, given);
  for (const note of notes) output.note(note);
  output.next(command);
}

/** A command that reads the same configuration, with more settings. */
export function commandWith(
  command: "train" | "probe",
  { config, name, set }: GivenOptions,
  more: readonly string[] = [],
): string {
  const file = config === undefined ? "" : ` -c ${quoted(config)}`;
  const named = name === undefined || command === "probe" ? "" : ` --name ${quoted(name)}`;
  // A later value of a setting replaces an earlier value.
  const last = new Map([...set, ...more].map((one) => [one.split("=", 1)[0], one]));
  const settings = [...last.values()].map((one) => ` -s ${quoted(one)}`).join("");
  return `spice ${command}${file}${named}${settings}`;
}

/** A word for a shell. */
function quoted(word: string): string {
  return /^[\w.=/:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
