import type { Scenario } from "../chaos/scenario.js";
import type { Place } from "./place.js";

/** Inputs that exist before any fault. */
export interface Setting {
  /** Interpreter with the fake trainer's packages. */
  readonly python: string;
  /** The experiment that is disturbed, on the fake trainer. */
  readonly scenario: Scenario;
  /** Makes a new folder with its corpus, which is removed after the fault. */
  place(): Promise<Place>;
  /** Folder of the same run, undisturbed. */
  readonly undisturbed: string;
}

/** Result of a fault. */
export interface Outcome {
  /** Description of the fault, one phrase. */
  readonly done: string;
  /** Observations: codes, files on disk, whether the run continued. */
  readonly seen: string;
  readonly asExpected: boolean;
}

/** A fault that is made on purpose. */
export interface Fault {
  readonly name: string;
  /** Makes the fault. Rejects only when the fault could not be made. */
  run(setting: Setting): Promise<Outcome>;
}

/** Returns an outcome of named facts. All must be true. */
export function outcome(done: string, facts: Readonly<Record<string, boolean | string | number>>): Outcome {
  const shown = Object.entries(facts).map(([name, value]) =>
    typeof value === "boolean" ? `${name} ${value ? "yes" : "NO"}` : `${name} ${value}`,
  );
  return { done, seen: shown.join(", "), asExpected: Object.values(facts).every((value) => value !== false) };
}
