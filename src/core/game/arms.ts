import type { Attempt } from "../records/episode.js";

/**
 * Attempts of one arm. The arms of a task are `blind` (without the document) and `open` (with the
 * document).
 */
export interface ArmCount {
  /** Attempts with the verdict `correct`. */
  readonly correct: number;
  /** Graded attempts: all attempts but those that the engine lost (verdict `infrastructure`). */
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
