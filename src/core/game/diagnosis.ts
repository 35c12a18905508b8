import type { Attempt, TwoArm } from "../records/episode.js";
import { armCount } from "./arms.js";

/**
 * Below this pass rate with the document, the gold answer is probably wrong or the question is
 * unclear.
 */
const OPEN_LOW = 0.5;
/**
 * A task is `hard` when its blind pass rate is at most this value. A task is `easy` when its blind
 * pass rate is at least 1 minus this value.
 */
const BLIND_LOW = 0.25;

/**
 * Compares the pass rates of a task with and without its document. When the pass rate with the
 * document is low, the gold answer is probably wrong. When only the blind pass rate is low, the
 * task is hard.
 *
 * @returns null when no attempt with the document is graded
 */
export function twoArm(task: {
  readonly openBook: readonly Attempt[];
  readonly attempts: readonly Attempt[];
}): TwoArm | null {
  const open = armCount(task.openBook);
  const blind = armCount(task.attempts);
  if (open.graded === 0) return null;
  const openRate = open.correct / open.graded;
  const blindRate = blind.graded === 0 ? null : blind.correct / blind.graded;
  const gap = blindRate === null ? null : openRate - blindRate;
  return { open: openRate, blind: blindRate, gap, diagnosis: diagnose(openRate, blindRate) };
}

function diagnose(open: number, blind: number | null): TwoArm["diagnosis"] {
  if (open < OPEN_LOW) return "wrong";
  if (blind === null) return "untried";
  if (blind <= BLIND_LOW) return "hard";
  return blind >= 1 - BLIND_LOW ? "easy" : "fitting";
}
