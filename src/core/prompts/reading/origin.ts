import type { ThoughtAtStart } from "./reasoning.js";

/** What a parser must know about an attempt beside its text. */
export interface AttemptOrigin {
  /** `cut_off`: the sample ended at its token limit or at the end of the model's context. */
  readonly end: "finished" | "cut_off";
  readonly thought: ThoughtAtStart;
}

/** An attempt that the model finished, to a prompt that opened no thought. */
export const FINISHED: AttemptOrigin = { end: "finished", thought: "none" };
