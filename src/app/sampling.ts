import type { Prompt } from "../core/chat.js";
import { SpiceError } from "./errors.js";
import type { Sample, SamplingParams, Trainer } from "./ports.js";

/** What one prompt brought: its exact ids, and samples by index (cancelled ones are missing). */
export interface Draw {
  readonly promptIds: Int32Array;
  readonly samples: ReadonlyMap<number, Sample>;
}

/** Token counts of a step, summed over every sampling call. */
export interface Usage {
  promptTokens: number;
  completionTokens: number;
}

export interface DrawOptions {
  readonly prompt: Prompt;
  /** One seed a sample. */
  readonly seeds: readonly bigint[];
  readonly params: SamplingParams;
  readonly policyVersion: number | null;
  /** Ask for log-probabilities: only needed for samples that may be trained on. */
  readonly wantLogprobs: boolean;
  readonly usage: Usage;
  readonly signal: AbortSignal;
  /** Cancels the samples that are still being written; the draw then resolves with those that finished. */
  readonly enough?: AbortSignal;
  /** Called as each sample finishes. */
  readonly onSample?: (sample: Sample) => void;
}

/** Draw samples of one prompt, handing each over as it finishes so that its checks start while others are written. */
export async function draw(sampler: Pick<Trainer, "sample">, options: DrawOptions): Promise<Draw> {
  const samples = new Map<number, Sample>();
  let promptIds: Int32Array | undefined;
  const request = {
    prompts: [{ prompt: options.prompt, seeds: options.seeds }],
    params: options.params,
    policyVersion: options.policyVersion,
    wantLogprobs: options.wantLogprobs,
  };
  const signal =
    options.enough === undefined ? options.signal : AbortSignal.any([options.signal, options.enough]);
  try {
    for await (const event of sampler.sample(request, signal)) {
      if (event.kind === "started") {
        promptIds = event.promptIds[0];
      } else if (event.kind === "done") {
        options.usage.promptTokens += event.promptTokens;
        options.usage.completionTokens += event.completionTokens;
      } else if (event.sample.reason !== "aborted") {
        samples.set(event.sample.sampleIndex, event.sample);
        options.onSample?.(event.sample);
      }
    }
  } catch (error) {
    const cutShort = options.enough?.aborted === true && !options.signal.aborted;
    if (!cutShort) throw error;
  }
  if (promptIds === undefined) {
    throw new SpiceError("The trainer ended a sample stream without saying which prompt tokens it used.", {
      code: "SAMPLE_STREAM_INCOMPLETE",
      boundary: "trainer",
      hint: "Look at the trainer's log; `spice doctor` checks that its version fits.",
    });
  }
  return { promptIds, samples };
}
