import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { interleave, type LaneResult } from "./interleave.js";
import { type LaneSpec, startLane } from "./lane.js";
import { type Machine, toolInterpreter } from "./machine.js";
import { type Summary, summarize } from "./summary.js";

export interface TrainBenchOptions {
  readonly machine: Machine;
  readonly dtype: "float32" | "bfloat16";
  readonly turns: number;
  readonly promptTokens: number;
  readonly samples: number;
  readonly newTokens: number;
  /**
   * Number of sequences that TRL computes at once. Fewer sequences need less memory and not more
   * time.
   */
  readonly peerMicroBatch: number;
  readonly verbose: boolean;
  readonly onProgress: (line: string) => void;
}

/**
 * One dr_grpo step of one recorded group, all parameters trained, by the torch backend and by TRL.
 * Both start with the same weights and get the same token ids and rewards. The gradient norms of
 * the first step show that they do the same work.
 */
export async function benchTraining(options: TrainBenchOptions): Promise<Summary> {
  const { machine, dtype, turns, promptTokens, samples, newTokens, verbose, onProgress } = options;
  const { model, factbook, threads, python, trainerRoot } = machine;
  const folder = await mkdtemp(join(tmpdir(), "spice-bench-"));
  try {
    const record = join(folder, "record.json");
    const shape = { model, factbook, threads, dtype, promptTokens, samples, newTokens, record };
    onProgress(`recording ${samples} completions of ${newTokens} tokens on a ${promptTokens}-token prompt`);
    const recorder = {
      name: "record",
      python,
      module: "record",
      options: { ...shape, dtype: "float32", out: record },
    };
    await runOnce(recorder, trainerRoot, verbose);
    const trl = await toolInterpreter(trainerRoot, "bench-trl");
    await using ours = await startLane(
      { name: "spice torch", python, module: "our_training", options: shape },
      trainerRoot,
      verbose,
    );
    const peerOptions = { ...shape, microBatch: options.peerMicroBatch, turns: turns + 2 };
    await using peer = await startLane(
      { name: "trl dr_grpo", python: trl, module: "trl_training", options: peerOptions },
      trainerRoot,
      verbose,
    );
    const [mine, theirs] = await interleave([ours, peer], turns, onProgress);
    if (mine === undefined || theirs === undefined) throw new Error("a lane is missing");
    return summarize({
      bench: `train: 1 prompt of ${promptTokens} tokens, ${samples} completions of ${newTokens}, full fine-tune`,
      ours: mine,
      peer: theirs,
      usefulTokens: mine.facts.usefulTokens ?? 0,
      machine: machine.description,
      notes: [sameWork(mine, theirs), `TRL micro-batch: ${options.peerMicroBatch} sequences`],
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Starts a worker that does its work before it reports ready, and ends it, because its memory is
 * needed.
 */
async function runOnce(spec: LaneSpec, trainerRoot: string, verbose: boolean): Promise<void> {
  await using _done = await startLane(spec, trainerRoot, verbose);
}

function sameWork(mine: LaneResult, theirs: LaneResult): string {
  const a = mine.warmup["gradNorm"] ?? Number.NaN;
  const b = theirs.warmup["gradNorm"] ?? Number.NaN;
  const difference = Math.abs(a - b) / b;
  return `gradient norm of the first step: ${a.toFixed(6)} and ${b.toFixed(6)} (relative difference ${difference.toExponential(1)})`;
}
