import type { Scenario } from "../chaos/scenario.js";
import type { Place } from "./place.js";

/** What is known before any fault happens. */
export interface Setting {
  /** Interpreter with the fake trainer's packages. */
  readonly python: string;
  /** The experiment that is disturbed, on the fake trainer. */
  readonly scenario: Scenario;
  /** A fresh folder with its corpus; removed when the fault is over. */
  place(): Promise<Place>;
  /** Folder of the same run, undisturbed. */
  readonly undisturbed: string;
}

/** What came of a fault. */
export interface Outcome {
  /** What was done, one phrase. */
  readonly done: string;
  /** What was seen: codes, what is left on disk, whether the run went on. */
  readonly seen: string;
  readonly asExpected: boolean;
}

/** Something that goes wrong on purpose. */
export interface Fault {
  readonly name: string;
  /** Rejects only when the fault could not be made. */
  run(setting: Setting): Promise<Outcome>;
}

/** An outcome from named facts: all must hold. */
export function outcome(done: string, facts: Readonly<Record<string, boolean | string | number>>): Outcome {
  const shown = Object.entries(facts).map(([name, value]) =>
    typeof value === "boolean" ? `${name} ${value ? "yes" : "NO"}` : `${name} ${value}`,
  );
  return { done, seen: shown.join(", "), asExpected: Object.values(facts).every((value) => value !== false) };
}
