import type { ProbeReport } from "../../app/runs/probe.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { percent } from "../../web/parts/format.js";

/** Changes that were not tried. */
export interface NotTried {
  /** Empty when the reason concerns every change. */
  readonly settings: readonly string[];
  /** One sentence for people. */
  readonly why: string;
}

/** The changes that a probe can try, and the changes that it cannot try, with the reasons. */
export interface ProbeChanges {
  /** Changes with a warm start come last, because a warm start changes the weights. */
  readonly candidates: readonly (readonly string[])[];
  readonly notTried: readonly NotTried[];
}

/** Changes are tried when a smaller share of the proposals is admitted. */
const ENOUGH_ADMITTED = 0.25;
/** Settings that a probe cannot change while its trainer runs. */
const FIXED = /^(?:model|trainer|run)\./;

/** Whether a change needs a warm start. */
export const isWarm = (settings: readonly string[]): boolean =>
  settings.some((one) => one.startsWith("warmup."));

/** The changes that the advice of a first step suggests, each once. */
export function changesAfter(
  { admitted, advice }: Pick<ProbeReport, "admitted" | "advice">,
  { warmup }: Pick<Experiment, "warmup">,
): ProbeChanges {
  if (admitted !== null && admitted.estimate >= ENOUGH_ADMITTED)
    return nothing(
      `No change was tried: ${percent(admitted.estimate)} of the proposals are admitted, and changes are tried below ${percent(ENOUGH_ADMITTED)}.`,
    );
  const all = advice.map(({ settings }) => settings).filter((settings) => settings.length > 0);
  const distinct = [...new Map(all.map((settings) => [settings.join(" "), settings])).values()];
  if (distinct.length === 0)
    return nothing("No change was tried: for these refusals no setting is known that helps.");
  const candidates: (readonly string[])[] = [];
  const notTried: NotTried[] = [];
  for (const settings of distinct) {
    const why = obstacle(settings, warmup.enabled);
    if (why === null) candidates.push(settings);
    else notTried.push({ settings, why });
  }
  return {
    candidates: [...candidates.filter((one) => !isWarm(one)), ...candidates.filter(isWarm)],
    notTried,
  };
}

function obstacle(settings: readonly string[], warmed: boolean): string | null {
  if (settings.some((one) => FIXED.test(one)))
    return "A probe does not change settings of model, trainer or run.";
  // A second warm start on top of the first would not be the warm start of a run.
  if (warmed && isWarm(settings))
    return "The weights have had their warm start already, and another warm start needs fresh weights. Try it in a probe of its own.";
  return null;
}

const nothing = (why: string): ProbeChanges => ({ candidates: [], notTried: [{ settings: [], why }] });
