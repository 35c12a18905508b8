import type { Attempt } from "../../records/episode.js";
import type { ThoughtAtStart } from "./reasoning.js";

/** What a parser must know about an attempt beside its text. */
export interface AttemptOrigin {
  /** `cut_off`: the sample ended at its token limit or at the end of the model's context. */
  readonly end: "finished" | "cut_off";
  readonly thought: ThoughtAtStart;
}

/** An attempt that the model finished, to a prompt that opened no thought. */
export const FINISHED: AttemptOrigin = { end: "finished", thought: "none" };

/**
 * The origin of a recorded attempt. Runs of older versions do not say how an attempt ended, so
 * their attempts count as finished.
 */
export function originOf({
  cutOff,
  thoughtOpened,
}: Pick<Attempt, "cutOff" | "thoughtOpened">): AttemptOrigin {
  return {
    end: cutOff === true ? "cut_off" : "finished",
    thought: thoughtOpened === true ? "opened" : "none",
  };
}
