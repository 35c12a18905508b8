import type { Attempt } from "../records/episode.js";

/**
 * Attempts of one arm. The arms of a task are `blind` (without the document) and `open` (with the
 * document).
 */
export interface ArmCount {
  /** Attempts with the verdict `correct`. */
  readonly correct: number;
  /** Attempts with a verdict. Attempts that the engine lost (`infrastructure`) are not counted. */
  readonly graded: number;
}

/** Counts the attempts of one arm. */
export function armCount(attempts: readonly Attempt[]): ArmCount {
  const graded = attempts.filter((attempt) => attempt.verdict !== "infrastructure");
  return {
    correct: graded.filter((attempt) => attempt.verdict === "correct").length,
    graded: graded.length,
  };
}
