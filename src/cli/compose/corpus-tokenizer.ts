import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { findInterpreter } from "../../adapters/install/environments.js";
import { prepareModel } from "../../adapters/install/model.js";
import { runCommand } from "../../adapters/python/run-command.js";
import { trainerSource } from "../../adapters/python/source.js";
import { type LocalTokenizer, openTokenizer } from "../../adapters/tokens/open-tokenizer.js";
import type { SegmentLimits } from "../../core/corpus/segments.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Output } from "../terminal/output.js";

/** The tokenizer that bounds segments: of a folder, or of the experiment's model, which is fetched when it is not here yet. */
export async function corpusTokenizer(
  folder: string | undefined,
  { model }: Experiment,
  output: Output,
  signal: AbortSignal,
): Promise<LocalTokenizer> {
  if (folder !== undefined) return openTokenizer(resolve(folder));
  if (existsSync(join(model.id, "tokenizer.json"))) return openTokenizer(resolve(model.id));
  const { root } = await trainerSource();
  const python = await findInterpreter(root, "torch", process.env);
  const found = await prepareModel({
    run: runCommand,
    environment: process.env,
    python,
    root,
    model: model.id,
    signal,
    onProgress: (line) => output.detail(line),
  });
  return openTokenizer(found);
}

/** Segments of up to 5,992 tokens (paper, section 4). */
const PAPER_SEGMENT_TOKENS = 5992;
/** Tokens of the prompt around a segment: measured, rounded up. The small one may repeat a passage of the segment. */
const PROMPT_TOKENS = { paper: 2300, small: 128 } as const;
/** Shorter pieces hold nothing to ask about. */
const MIN_TOKENS = 16;

/** Bounds that leave room for prompt and response in the model's context; the paper's where that is large enough. */
export function segmentLimits(
  { model, challenger }: Experiment,
  maxTokens: number | undefined,
): SegmentLimits {
  const room = model.maxContextTokens - challenger.maxTokens - PROMPT_TOKENS[challenger.prompts];
  const most = maxTokens ?? Math.max(2 * MIN_TOKENS, Math.min(PAPER_SEGMENT_TOKENS, room));
  return { minTokens: Math.min(MIN_TOKENS, most), maxTokens: most };
}
