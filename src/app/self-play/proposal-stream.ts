import { keyed } from "../../core/random/rng.js";
import type { Prompt } from "../../core/records/prompt.js";
import type { Sample, SamplingParams } from "../ports/trainer.js";
import type { CheckedProposal, ProposalChecks } from "./proposal-checks.js";
import { sampleCompletions } from "./sample.js";
import type { StepContext } from "./step-context.js";

/** The inputs for sampling and checking the proposals of one document. */
export interface ProposalRequest {
  readonly segmentId: string;
  readonly prompt: Prompt;
  readonly params: SamplingParams;
  readonly checks: ProposalChecks;
}

export interface StreamedProposals {
  readonly promptIds: Int32Array;
  /** The first n proposals, in index order and without gaps. `streamProposals` defines n. */
  readonly proposals: readonly CheckedProposal[];
}

/**
 * Samples the proposals of one document, at most N, and checks each proposal when it arrives. At
 * most `challenger.chunk` proposals are being written or checked at the same time. When half of
 * these proposals are checked, more proposals are requested, but not more than the group can need.
 *
 * n is the smallest number, at least the group size G, such that one of the first n proposals is
 * admitted. When no proposal is admitted, n is N. When the first n proposals are checked, the
 * stream ends: these proposals are kept, and all other work is cancelled. So the seeds alone decide
 * which proposals are kept; the speed of a sample does not. Samples after the first n cost tokens
 * and have no effect on the result.
 */
export async function streamProposals(
  context: StepContext,
  request: ProposalRequest,
): Promise<StreamedProposals> {
  return new ProposalStream(context, request).run();
}

class ProposalStream {
  readonly #enough = new AbortController();
  readonly #arrived: (Sample | undefined)[] = [];
  readonly #done: (CheckedProposal | undefined)[] = [];
  readonly #running = new Set<Promise<void>>();
  /** Number of samples that were requested. */
  #asked = 0;
  /** Number of samples that were read. They are read in index order. */
  #read = 0;
  /** Number of proposals that were checked. Their checks end in any order. */
  #checked = 0;
  /** n: the number of proposals that are kept; null before it is decided. */
  #cut: number | null = null;
  /** Smallest index of an admitted proposal; null when no proposal is admitted. */
  #lowestValid: number | null = null;
  #promptIds: Int32Array | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(
    private readonly context: StepContext,
    private readonly request: ProposalRequest,
  ) {}

  async run(): Promise<StreamedProposals> {
    this.#ask();
    // Running work may start more work, so the loop waits until the set is empty.
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#promptIds === null) throw new Error("a stream of at least one proposal has a prompt");
    const kept = this.#done.slice(0, this.#cut ?? this.#asked);
    return { promptIds: this.#promptIds, proposals: kept.filter((one) => one !== undefined) };
  }

  /**
   * Requests more proposals, when at most half of `challenger.chunk` are running and the group can
   * still need more.
   */
  #ask(): void {
    const { maxProposals, groupSize, chunk } = this.context.experiment.challenger;
    if (this.#cut !== null || this.#failure !== null) return;
    const needed = this.#lowestValid === null ? maxProposals : Math.max(groupSize, this.#lowestValid + 1);
    const waiting = this.#asked - this.#checked;
    if (waiting > chunk / 2) return;
    const count = Math.min(chunk - waiting, needed - this.#asked);
    if (count <= 0) return;
    const start = this.#asked;
    this.#asked += count;
    this.#track(this.#sampleBlock(start, count));
  }

  async #sampleBlock(start: number, count: number): Promise<void> {
    const { context, request } = this;
    const { experiment, step } = context;
    const { promptIds } = await sampleCompletions(context, {
      prompt: request.prompt,
      seeds: Array.from({ length: count }, (_, offset) =>
        keyed(experiment.seed, step, request.segmentId, "proposal", start + offset).seed64(),
      ),
      params: request.params,
      wantLogprobs: true,
      enough: this.#enough.signal,
      onSample: (sample) => this.#arrive({ ...sample, sampleIndex: start + sample.sampleIndex }),
    });
    this.#promptIds = promptIds;
  }

  /** The checks read samples in index order, so a sample may wait for earlier samples. */
  #arrive(sample: Sample): void {
    this.#arrived[sample.sampleIndex] = sample;
    for (let next = this.#arrived[this.#read]; next !== undefined; next = this.#arrived[this.#read]) {
      this.#read += 1;
      this.#track(this.#check(this.request.checks.read(next)));
    }
  }

  async #check(read: CheckedProposal): Promise<void> {
    const checked = await this.request.checks.runModelChecks(read, this.#enough.signal);
    if (checked === null) return;
    this.#done[checked.index] = checked;
    this.#checked += 1;
    if (checked.refusal === null)
      this.#lowestValid = Math.min(checked.index, this.#lowestValid ?? checked.index);
    this.#decideEnd();
    this.#ask();
  }

  /** Sets n as soon as the first n proposals are checked. */
  #decideEnd(): void {
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
        // When the end is decided, the other work is cancelled. Errors of cancelled work are
        // expected.
        if (this.#cut !== null && !this.context.signal.aborted) return;
        this.#failure ??= { error };
        this.#enough.abort();
      })
      .finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }
}
