import type { PolicyMark } from "../../app/ports/runs.js";
import type { CheckpointInfo } from "../../app/ports/trainer.js";
import type { Appended } from "../files/durable.js";
import type { AuditRecord } from "./audit-log.js";

/** A committed step: the data of the audit event `step`. */
export interface StepMark {
  readonly step: number;
  readonly episodes: Appended;
  readonly metrics: Appended;
  readonly policyVersion: number;
  readonly policyDigest: string;
  readonly checkpoint: CheckpointInfo | null;
}

/**
 * The steps that count. The audit log decides, independent of the other files. A step counts when
 * its event is on disk.
 */
export class Timeline {
  readonly #marks: StepMark[] = [];
  #start: PolicyMark | null = null;
  #steps: number | null = null;
  #code: unknown = null;
  readonly #codeOf = new Map<number, unknown>();

  /** Committed steps, oldest first. */
  get marks(): readonly StepMark[] {
    return this.#marks;
  }

  /** The weights at the start of the run; null before they are recorded. */
  get start(): PolicyMark | null {
    return this.#start;
  }

  /** Number of steps after the last extension; null when the run was never extended. */
  get extendedTo(): number | null {
    return this.#steps;
  }

  /** `modules` of the last `code_changed`; null when the user's code was never changed. */
  get code(): unknown {
    return this.#code;
  }

  /** The value of `code` when a committed step was committed. */
  codeOf(step: number): unknown {
    return this.#codeOf.get(step) ?? null;
  }

  /** Last committed step; 0 when there is none. */
  get committed(): number {
    return this.#marks.at(-1)?.step ?? 0;
  }

  /** Committed length of a file, in bytes. */
  end(file: "episodes" | "metrics"): number {
    return this.#marks.at(-1)?.[file].to ?? 0;
  }

  /**
   * Applies an event. Events other than `start`, `step`, `rewind`, `extended` and `code_changed`
   * change nothing.
   */
  apply({ event, data }: Pick<AuditRecord, "event" | "data">): void {
    if (event === "start") this.#start = data as unknown as PolicyMark;
    if (event === "step") {
      const mark = data as unknown as StepMark;
      this.#marks.push(mark);
      // A step that was rewound is played again, perhaps with other code.
      this.#codeOf.set(mark.step, this.#code);
    }
    if (event === "code_changed") this.#code = data["modules"];
    if (event === "rewind") this.dropAfter(Number(data["to"]));
    if (event === "extended") this.#steps = Number(data["to"]);
  }

  private dropAfter(step: number): void {
    while (this.committed > step) this.#marks.pop();
  }
}
