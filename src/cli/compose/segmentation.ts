import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { findInterpreter } from "../../adapters/install/environments.js";
import { prepareModel } from "../../adapters/install/model.js";
import { runCommand } from "../../adapters/python/run-command.js";
import { trainerSource } from "../../adapters/python/source.js";
import { byteCounter } from "../../adapters/tokens/byte-counter.js";
import { openTokenizer } from "../../adapters/tokens/open-tokenizer.js";
import type { TokenCounter } from "../../app/ports/corpus.js";
import type { SegmentLimits } from "../../core/corpus/segments.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Output } from "../terminal/output.js";
import { resolveModel } from "./model-of-run.js";

/** The trainer without a language model. It needs no tokenizer: a token is one byte. */
export const WITHOUT_MODEL = "fake";

/**
 * Counts the tokens that bound segments: with the tokenizer of a folder, or of the experiment's
 * model. A model that is not on this machine is fetched.
 *
 * @param folder folder with tokenizer.json; undefined for the model's
 */
export async function corpusTokenizer(
  folder: string | undefined,
  wanted: Experiment,
  output: Output,
  signal: AbortSignal,
): Promise<TokenCounter> {
  if (folder !== undefined) return openTokenizer(resolve(folder));
  await using resolved = await resolveModel(wanted, output, signal, "command");
  const { model, trainer } = resolved.experiment;
  if (existsSync(join(model.id, "tokenizer.json"))) return await openTokenizer(resolve(model.id));
  if (trainer.kind === WITHOUT_MODEL) return byteCounter;
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
/**
 * Tokens of the prompt around a segment: measured, rounded up. The prompts `small` and
 * `small-prose` may repeat a passage of the segment.
 */
const PROMPT_TOKENS = { paper: 2300, small: 128, "small-prose": 128 } as const;
/** Least tokens of a segment. A shorter piece has nothing to ask about. */
export const MIN_TOKENS = 16;

/**
 * Bounds of segments that leave room for prompt and response in the model's context. The bounds are
 * those of the paper where the context is large enough.
 */
export function segmentLimits(
  { model, challenger, corpus }: Experiment,
  maxTokens: number | undefined,
): SegmentLimits {
  const room = model.maxContextTokens - challenger.maxTokens - PROMPT_TOKENS[challenger.prompts];
  const most =
    maxTokens ?? corpus.maxTokens ?? Math.max(2 * MIN_TOKENS, Math.min(PAPER_SEGMENT_TOKENS, room));
  return { minTokens: Math.min(MIN_TOKENS, most), maxTokens: most };
}
