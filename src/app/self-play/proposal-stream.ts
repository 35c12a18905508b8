import { keyed } from "../../core/random/rng.js";
import type { Prompt } from "../../core/records/prompt.js";
import type { Sample, SamplingParams } from "../ports/trainer.js";
import type { CheckedProposal, ProposalChecks } from "./proposal-checks.js";
import { sampleCompletions } from "./sample.js";
import type { StepContext } from "./step-context.js";

/** What the proposals of a document are sampled from. */
export interface ProposalRequest {
  readonly segmentId: string;
  readonly prompt: Prompt;
  readonly params: SamplingParams;
  readonly checks: ProposalChecks;
}

export interface StreamedProposals {
  readonly promptIds: Int32Array;
  /** In index order, without gaps: all proposals up to the one that ended the stream. */
  readonly proposals: readonly CheckedProposal[];
}

/**
 * Samples and checks the proposals of a document as one stream, N at most. At any time
 * `challenger.chunk` proposals are being written or checked. When half of them are checked, more
 * are asked for, unless a valid proposal is known already. The stream ends as soon as the first n
 * proposals fill the group and contain a valid one. These n are kept. Everything that still runs is
 * cancelled. Which proposals count depends on the seeds alone, never on which sample was faster.
 * Samples after the first n cost tokens and change nothing.
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
  /**
   * Numbers of samples asked for, samples read (in index order), and proposals checked (in any
   * order).
   */
  #asked = 0;
  #read = 0;
  #checked = 0;
  /** Number of proposals kept; null until the stream has decided its end. */
  #cut: number | null = null;
  #lowestValid: number | null = null;
  #promptIds: Int32Array | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(
    private readonly context: StepContext,
    private readonly request: ProposalRequest,
  ) {}

  async run(): Promise<StreamedProposals> {
    this.#ask();
    // Running work may start more work, so this waits until the set is empty.
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#promptIds === null) throw new Error("a stream of at least one proposal has a prompt");
    const kept = this.#done.slice(0, this.#cut ?? this.#asked);
    return { promptIds: this.#promptIds, proposals: kept.filter((one) => one !== undefined) };
  }

  /** Asks for more proposals when half of the window is free and more proposals may be needed. */
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
        // Work that was cancelled after the end was decided may fail in any way.
        if (this.#cut !== null && !this.context.signal.aborted) return;
        this.#failure ??= { error };
        this.#enough.abort();
      })
      .finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }
}
