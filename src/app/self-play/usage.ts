/** Tokens and retries of one step, summed over all sampling calls. */
export interface UsageTotals {
  /** Prompt tokens that the trainer computed. */
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Samples that the engine lost and that were sampled again. */
  readonly retries: number;
}

/** Adds up what the sampling calls of one step used. */
export class SamplingUsage {
  #totals: UsageTotals = { promptTokens: 0, completionTokens: 0, retries: 0 };

  /** Adds the counts of one call. */
  add({ promptTokens = 0, completionTokens = 0, retries = 0 }: Partial<UsageTotals>): void {
    this.#totals = {
      promptTokens: this.#totals.promptTokens + promptTokens,
      completionTokens: this.#totals.completionTokens + completionTokens,
      retries: this.#totals.retries + retries,
    };
  }

  /** The sums so far. */
  get totals(): UsageTotals {
    return this.#totals;
  }
}
