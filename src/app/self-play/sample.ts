import type { Prompt } from "../../core/records/prompt.js";
import { SpiceError } from "../errors.js";
import type { Sample, SamplingParams, Trainer } from "../ports/trainer.js";

/** What one prompt brought: its exact ids, and samples by index (cancelled ones are missing). */
export interface Draw {
  readonly promptIds: Int32Array;
  readonly samples: ReadonlyMap<number, Sample>;
}

/** Token counts of a step, summed over every sampling call. */
export interface Usage {
  promptTokens: number;
  completionTokens: number;
  /** Samples that the engine lost and that were asked for again. */
  retries: number;
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
  /** How often a sample that the engine lost is drawn again, with its own seed; 0 when absent. */
  readonly retries?: number;
  /** Called as each sample finishes; for one that is lost for good, after its last retry. */
  readonly onSample?: (sample: Sample) => void;
}

/**
 * Draw samples of one prompt, handing each over as it finishes so that its checks start while others are written. A sample that
 * the engine lost (reason `error`) is asked for again with the same seed, a bounded number of times: what it would have been does
 * not depend on the failure.
 */
export async function draw(sampler: Pick<Trainer, "sample">, options: DrawOptions): Promise<Draw> {
  const samples = new Map<number, Sample>();
  const deliver = (sample: Sample) => {
    samples.set(sample.sampleIndex, sample);
    options.onSample?.(sample);
  };
  let promptIds: Int32Array | null = null;
  let wanted: readonly number[] = [...options.seeds.keys()];
  for (let left = options.retries ?? 0; wanted.length > 0; left -= 1) {
    const lost: number[] = [];
    const ids = await drawOnce(sampler, options, wanted, (sample) => {
      if (sample.reason === "error" && left > 0) lost.push(sample.sampleIndex);
      else deliver(sample);
    });
    promptIds ??= ids;
    options.usage.retries += lost.length;
    wanted = options.enough?.aborted === true ? [] : lost.sort((a, b) => a - b);
  }
  if (promptIds === null) {
    throw new SpiceError("The trainer ended a sample stream without saying which prompt tokens it used.", {
      code: "SAMPLE_STREAM_INCOMPLETE",
      boundary: "trainer",
      hint: "Look at the trainer's log; `spice doctor` checks that its version fits.",
    });
  }
  return { promptIds, samples };
}

/** One stream with the samples of these indices; returns the prompt's ids, null when it was cut off before they came. */
async function drawOnce(
  sampler: Pick<Trainer, "sample">,
  options: DrawOptions,
  indices: readonly number[],
  onSample: (sample: Sample) => void,
): Promise<Int32Array | null> {
  let promptIds: Int32Array | null = null;
  const request = {
    prompts: [{ prompt: options.prompt, seeds: indices.map((index) => options.seeds[index] ?? 0n) }],
    params: options.params,
    policyVersion: options.policyVersion,
    wantLogprobs: options.wantLogprobs,
  };
  const signal =
    options.enough === undefined ? options.signal : AbortSignal.any([options.signal, options.enough]);
  try {
    for await (const event of sampler.sample(request, signal)) {
      if (event.kind === "started") {
        promptIds = event.promptIds[0] ?? null;
      } else if (event.kind === "done") {
        options.usage.promptTokens += event.promptTokens;
        options.usage.completionTokens += event.completionTokens;
      } else if (event.sample.reason !== "aborted") {
        onSample({ ...event.sample, sampleIndex: indices[event.sample.sampleIndex] ?? -1 });
      }
    }
  } catch (error) {
    const cutShort = options.enough?.aborted === true && !options.signal.aborted;
    if (!cutShort) throw error;
  }
  return promptIds;
}
