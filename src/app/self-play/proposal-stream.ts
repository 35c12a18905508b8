import { keyed } from "../../core/random/rng.js";
import type { Prompt } from "../../core/records/prompt.js";
import type { Sample, SamplingParams } from "../ports/trainer.js";
import type { CheckedProposal, ProposalChecks } from "./proposal-checks.js";
import { draw } from "./sample.js";
import type { RolloutContext } from "./step-context.js";

/** What a document's proposals are drawn from. */
export interface ProposalRequest {
  readonly segmentId: string;
  readonly prompt: Prompt;
  readonly params: SamplingParams;
  readonly judge: ProposalChecks;
}

export interface DrawnProposals {
  readonly promptIds: Int32Array;
  /** By index, without gaps: all up to the one that decided. */
  readonly proposals: readonly CheckedProposal[];
}

/**
 * A document's proposals as one stream, N at most. `challenger.chunk` of them are being written or checked at any time: when half of
 * them are settled, more are asked for, unless a valid one is known already. The first index at which a full group and a valid
 * proposal are known *in index order* decides: it is the last one kept, and everything still running is cancelled. Which
 * proposals count then depends on the seeds alone, never on which stream was faster; speculation costs tokens, not outcomes.
 */
export async function streamProposals(
  context: RolloutContext,
  request: ProposalRequest,
): Promise<DrawnProposals> {
  return new ProposalStream(context, request).run();
}

class ProposalStream {
  readonly #enough = new AbortController();
  readonly #arrived: (Sample | undefined)[] = [];
  readonly #done: (CheckedProposal | undefined)[] = [];
  readonly #running = new Set<Promise<void>>();
  /** Samples asked for, read in index order, and judged in any order. */
  #asked = 0;
  #read = 0;
  #judged = 0;
  /** Proposals kept: known once the deciding index is. */
  #cut: number | null = null;
  #lowestValid: number | null = null;
  #promptIds: Int32Array | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(
    private readonly context: RolloutContext,
    private readonly request: ProposalRequest,
  ) {}

  async run(): Promise<DrawnProposals> {
    this.#ask();
    // What runs may start more, so the set is looked at until it is empty.
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#promptIds === null) throw new Error("a stream of at least one proposal has a prompt");
    const kept = this.#done.slice(0, this.#cut ?? this.#asked);
    return { promptIds: this.#promptIds, proposals: kept.filter((one) => one !== undefined) };
  }

  /** Ask for more where they may be needed: the window is half empty, and no index that is asked for may decide yet. */
  #ask(): void {
    const { maxProposals, groupSize, chunk } = this.context.experiment.challenger;
    if (this.#cut !== null || this.#failure !== null) return;
    const needed = this.#lowestValid === null ? maxProposals : Math.max(groupSize, this.#lowestValid + 1);
    const waiting = this.#asked - this.#judged;
    if (waiting > chunk / 2) return;
    const count = Math.min(chunk - waiting, needed - this.#asked);
    if (count <= 0) return;
    const start = this.#asked;
    this.#asked += count;
    this.#track(this.#drawBlock(start, count));
  }

  async #drawBlock(start: number, count: number): Promise<void> {
    const { context, request } = this;
    const { experiment, sampler, step } = context;
    const { promptIds } = await draw(sampler, {
      prompt: request.prompt,
      seeds: Array.from({ length: count }, (_, offset) =>
        keyed(experiment.seed, step, request.segmentId, "proposal", start + offset).seed64(),
      ),
      params: request.params,
      policyVersion: context.policyVersion,
      wantLogprobs: true,
      usage: context.usage,
      signal: context.signal,
      retries: experiment.run.sampleRetries,
      enough: this.#enough.signal,
      onSample: (sample) => this.#arrive({ ...sample, sampleIndex: start + sample.sampleIndex }),
    });
    this.#promptIds = promptIds;
  }

  /** The judge reads in index order, so a sample may have to wait for earlier ones. */
  #arrive(sample: Sample): void {
    this.#arrived[sample.sampleIndex] = sample;
    for (let next = this.#arrived[this.#read]; next !== undefined; next = this.#arrived[this.#read]) {
      this.#read += 1;
      this.#track(this.#check(this.request.judge.read(next)));
    }
  }

  async #check(read: CheckedProposal): Promise<void> {
    const judged = await this.request.judge.check(read, this.#enough.signal);
    if (judged === null) return;
    this.#done[judged.index] = judged;
    this.#judged += 1;
    if (judged.refusal === null)
      this.#lowestValid = Math.min(judged.index, this.#lowestValid ?? judged.index);
    this.#settle();
    this.#ask();
  }

  #settle(): void {
    const { maxProposals, groupSize } = this.context.experiment.challenger;
    if (this.#lowestValid === null || this.#cut !== null) return;
    const cut = Math.max(groupSize, this.#lowestValid + 1);
    for (let index = 0; index < cut; index += 1) {
      if (this.#done[index] === undefined) return;
    }
    this.#cut = cut;
    if (cut < maxProposals) this.#enough.abort();
  }

  #track(work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch((error: unknown) => {
        // What was cancelled because the rest is decided may end in any way.
        if (this.#cut !== null && !this.context.signal.aborted) return;
        this.#failure ??= { error };
        this.#enough.abort();
      })
      .finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }
}
