import { interleave } from "./interleave.js";
import { startLane } from "./lane.js";
import type { Machine } from "./machine.js";
import { type Summary, summarise } from "./summary.js";

export interface SampleBenchOptions {
  readonly machine: Machine;
  readonly dtype: "float32" | "bfloat16";
  readonly turns: number;
  readonly prompts: number;
  readonly samples: number;
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly verbose: boolean;
  readonly onProgress: (line: string) => void;
}

/**
 * Generate with the torch backend and with transformers' `generate(num_return_sequences)`: same prompts, temperature 1, no filters,
 * end of text ignored, so that both make exactly the same number of tokens. Ours returns log-probabilities too.
 */
export async function benchSampling(options: SampleBenchOptions): Promise<Summary> {
  const { machine, turns, verbose, onProgress, ...shape } = options;
  const { prompts, samples, promptTokens, newTokens } = shape;
  const { model, factbook, threads, python, trainerRoot } = machine;
  const lane = { python, options: { ...shape, onProgress: undefined, model, factbook, threads } };
  await using ours = await startLane(
    { ...lane, name: "spice torch", module: "our_sampling" },
    trainerRoot,
    verbose,
  );
  await using peer = await startLane(
    { ...lane, name: "transformers generate", module: "hf_sampling" },
    trainerRoot,
    verbose,
  );
  const [mine, theirs] = await interleave([ours, peer], turns, onProgress);
  if (mine === undefined || theirs === undefined) throw new Error("a lane is missing");
  const generated = prompts * samples * newTokens;
  const rate = (seconds: number) => `${(generated / seconds).toFixed(0)} tok/s`;
  return summarise({
    bench: `sample: ${prompts} prompts of ${promptTokens} tokens, ${samples} samples of ${newTokens} each`,
    ours: mine,
    peer: theirs,
    usefulTokens: prompts * promptTokens + generated,
    machine: machine.description,
    notes: [`generated, prefill included: ${rate(mine.medianSeconds)} against ${rate(theirs.medianSeconds)}`],
  });
}
