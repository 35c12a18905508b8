/** A kill, and the progress of the run at that time. */
export interface Kill {
  /**
   * Number of committed steps after the processes ended; null when the run had no directory yet.
   */
  readonly committed: number | null;
}

/**
 * Number of kills after which a step that trained was compared: the run was resumed and committed
 * such a step before the next kill. The other kills hit a run without a directory, a process that
 * was killed again before its first step, or a run without remaining steps.
 *
 * @param kills in the order of time
 * @param trainedSteps steps of the undisturbed run that trained tokens; all of them are compared
 * with the disturbed run
 */
export function comparingKills(kills: readonly Kill[], trainedSteps: readonly number[]): number {
  return kills.filter(({ committed }, index) => {
    if (committed === null) return false;
    const until = kills[index + 1]?.committed ?? Number.POSITIVE_INFINITY;
    return trainedSteps.some((step) => step > committed && step <= until);
  }).length;
}
