import type { Prompt } from "../../core/records/prompt.js";
import { SpiceError } from "../errors.js";
import type { FinishReason, Sample, SamplingParams } from "../ports/trainer.js";
import type { StepContext } from "./step-context.js";

/** The completions of one prompt. */
export interface Completions {
  /** Token ids of the prompt, exactly as the sampler used them. */
  readonly promptIds: Int32Array;
  /** Samples by index. Cancelled samples are missing. */
  readonly samples: ReadonlyMap<number, Sample>;
}

/** The inputs of `sampleCompletions`. */
export interface SampleOptions {
  readonly prompt: Prompt;
  /** One seed for each sample. */
  readonly seeds: readonly bigint[];
  readonly params: SamplingParams;
  /** Ask for log-probabilities. Only samples that may be trained on need them. */
  readonly wantLogprobs: boolean;
  /**
   * When it is aborted, the samples that are still being written are cancelled. The call then
   * resolves with the finished samples.
   */
  readonly enough?: AbortSignal;
  /** Called for each finished sample; for a lost sample, after its last retry. */
  readonly onSample?: (sample: Sample) => void;
}

/** The parts of the step context that sampling uses. */
export type SamplingContext = Pick<
  StepContext,
  "sampler" | "experiment" | "policyVersion" | "usage" | "signal"
>;

/**
 * Samples completions of one prompt. `onSample` gets each sample when it is finished, while other
 * samples are still being written. A sample that the engine lost (reason `error`) is sampled again
 * with the same seed, at most `run.sampleRetries` times. The seed decides the text, so a retry
 * gives the same text.
 *
 * @throws SpiceError `SAMPLE_STREAM_INCOMPLETE` when the trainer ends the stream without the token
 * ids of the prompt
 */
export async function sampleCompletions(
  context: SamplingContext,
  options: SampleOptions,
): Promise<Completions> {
  const samples = new Map<number, Sample>();
  let promptIds: Int32Array | null = null;
  let wanted: readonly number[] = [...options.seeds.keys()];
  for (let left = context.experiment.run.sampleRetries; wanted.length > 0; left -= 1) {
    const lost: number[] = [];
    const ids = await sampleOnce(context, options, wanted, (sample) => {
      if (sample.reason === "error" && left > 0) {
        lost.push(sample.sampleIndex);
        return;
      }
      samples.set(sample.sampleIndex, sample);
      options.onSample?.(sample);
    });
    promptIds ??= ids;
    context.usage.add({ retries: lost.length });
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

/** True when a limit ended the sample, and not the model: its tokens, or the model's context. */
export function isCutOff(reason: FinishReason): boolean {
  return reason === "length" || reason === "context";
}

/**
 * Asks the trainer once for the samples with these indices.
 *
 * @returns token ids of the prompt; null when the stream was cancelled before they arrived
 */
async function sampleOnce(
  { sampler, policyVersion, usage, signal }: SamplingContext,
  { prompt, seeds, params, wantLogprobs, enough }: SampleOptions,
  indices: readonly number[],
  onSample: (sample: Sample) => void,
): Promise<Int32Array | null> {
  let promptIds: Int32Array | null = null;
  const request = {
    prompts: [{ prompt, seeds: indices.map((index) => seeds[index] ?? 0n) }],
    params,
    policyVersion,
    wantLogprobs,
  };
  const stop = enough === undefined ? signal : AbortSignal.any([signal, enough]);
  try {
    for await (const event of sampler.sample(request, stop)) {
      if (event.kind === "started") {
        promptIds = event.promptIds[0] ?? null;
      } else if (event.kind === "done") {
        usage.add(event);
      } else if (event.sample.reason !== "aborted") {
        onSample({ ...event.sample, sampleIndex: indices[event.sample.sampleIndex] ?? -1 });
      }
    }
  } catch (error) {
    const cutShort = enough?.aborted === true && !signal.aborted;
    if (!cutShort) throw error;
  }
  return promptIds;
}
