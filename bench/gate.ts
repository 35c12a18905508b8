import {
  type GateResult,
  inOrder,
  measureGate,
  measurePeople,
  measureSpeeches,
  type PeopleResult,
} from "./gate/measure.js";
import { type MemoryCost, measureMemory } from "./gate/memory.js";

/** Figures of one set. */
export interface GateSetSummary {
  readonly goodTasks: number;
  readonly falseRejects: number;
  readonly falseRejectShare: number;
  readonly mutants: number;
  /** Mutants of the kinds that need no model, and the number of them that no check refused. */
  readonly inReach: number;
  readonly falseAccepts: number;
  readonly falseAcceptShare: number;
  /** The smallest share of refused mutants of a kind that needs no model. */
  readonly worstCaught: number;
  readonly needsModel: readonly string[];
  readonly microsecondsPerTask: number;
  readonly result: GateResult;
}

/** Summary at the end of the bench: the figures of the factbook's set, and of the speeches. */
export interface GateSummary extends GateSetSummary {
  readonly schema: "spice-bench-gate/2";
  readonly memory: MemoryCost;
  readonly speeches: GateSetSummary;
  /** Questions of the files that the caller named. */
  readonly people: readonly PeopleResult[];
}

/**
 * Measures admission on two sets of right tasks and of wrong tasks of every kind: on tasks made
 * from the factbook, and on questions about speeches. No model is used.
 *
 * @param files questions of people; see `readPeople`. Default: none
 */
export async function benchGate(
  draw: string,
  memoryTasks: number,
  files: readonly string[] = [],
): Promise<GateSummary> {
  const people: PeopleResult[] = [];
  for (const file of files) people.push(await measurePeople(file));
  return {
    schema: "spice-bench-gate/2",
    ...summarize(await measureGate(draw)),
    memory: measureMemory(memoryTasks),
    speeches: summarize(await measureSpeeches(draw)),
    people,
  };
}

function summarize(result: GateResult): GateSetSummary {
  const within = result.kinds.filter((one) => one.needsModel === null);
  const inReach = within.reduce((sum, one) => sum + one.tasks, 0);
  const falseAccepts = within.reduce((sum, one) => sum + one.tasks - one.caught, 0);
  return {
    goodTasks: result.good,
    falseRejects: result.falseRejects,
    falseRejectShare: result.falseRejects / result.good,
    mutants: result.kinds.reduce((sum, one) => sum + one.tasks, 0),
    inReach,
    falseAccepts,
    falseAcceptShare: falseAccepts / inReach,
    worstCaught: Math.min(...within.map((one) => one.caught / one.tasks)),
    needsModel: result.kinds.flatMap((one) => (one.needsModel === null ? [] : [one.kind])),
    microsecondsPerTask: result.microsecondsPerTask,
    result,
  };
}

/** Returns the tables for people. */
export function renderGate({ memory, speeches, people, ...factbook }: GateSummary): string {
  return [
    renderSet(factbook),
    `  memory of the run ${memory.megabytes.toFixed(1)} MB for ${memory.tasks} tasks, ${memory.screenMicroseconds.toFixed(0)} us a look-up`,
    "",
    renderSet(speeches),
    ...people.map(renderPeople),
  ].join("\n");
}

function renderPeople({ name, questions, admitted, refusals }: PeopleResult): string {
  const shares = Object.entries(admitted).map(
    ([cut, count]) => `${cut} ${count} (${((100 * count) / questions).toFixed(1)} %)`,
  );
  const codes = inOrder(refusals).map(([code, count]) => `${code} ${count}`);
  return `\n${name}: ${questions} questions of people; admitted: ${shares.join(", ")}\n  ${codes.join(", ")}`;
}

function renderSet({ result, falseRejectShare, falseAcceptShare, inReach }: GateSetSummary): string {
  const { good, falseRejects, findings, kinds, examples, shapes, corpus, documents, microsecondsPerTask } =
    result;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    `gate, ${corpus}: ${good} right tasks (${Object.entries(shapes)
      .map(([shape, count]) => `${count} ${shape}`)
      .join(", ")})`,
    "",
    `  false rejects: ${falseRejects} of ${good} (${percent(falseRejectShare)}) with the checks of the preset demo`,
    ...inOrder(findings).map(
      ([code, count]) => `    ${code.padEnd(24)} ${String(count).padStart(4)}${NOTES[code] ?? ""}`,
    ),
    ...examples.map((one) => `      ${one}`),
    "",
    `  document checks on all ${documents.count} documents of the source: ${
      inOrder(documents.findings)
        .map(([code, count]) => `${code} ${count}`)
        .join(", ") || "nothing found"
    }`,
    "",
    `  ${"kind of wrong task".padEnd(58)} caught     by (every check is asked about every task)`,
    ...kinds.flatMap((one) => [
      `  ${one.kind.padEnd(58)} ${`${one.caught}/${one.tasks}`.padEnd(8)}  ${inOrder(one.by)
        .map(([code, count]) => `${code} ${count}`)
        .join(", ")}`,
      ...(one.needsModel === null ? [] : [`      needs the model: ${one.needsModel}`]),
      ...(one.example === "" ? [] : [`      slipped through: ${one.example}`]),
    ]),
    "",
    `  false accepts: ${percent(falseAcceptShare)} of ${inReach} wrong tasks of the kinds that need no model`,
    `  cost: ${microsecondsPerTask.toFixed(0)} us of processor time a task, all checks asked`,
  ].join("\n");
}

/** Findings on right tasks that are not refused in `demo`, with reasons. */
const NOTES: Readonly<Partial<Record<string, string>>> = {
  options_verbatim: "   off in demo: the wrong options come from other countries",
  same_fact: "   not counted: refusing a second question for an answer is what it is for",
};
