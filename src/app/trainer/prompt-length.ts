import type { Experiment } from "../../core/experiment/experiment.js";
import { counted } from "../../core/text/counted.js";
import { SpiceError } from "../errors.js";

/** Segments and responses that are shorter are of no use, in tokens. */
const SHORTEST_SEGMENT = 32;
const SHORTEST_RESPONSE = 16;

/** The longest prompt of a role, with what it consists of, in tokens. */
export interface PromptLength {
  readonly role: "challenger" | "reasoner";
  readonly prompt: number;
  /** The part of the prompt that is the segment. */
  readonly segment: number;
  /**
   * Prompts of the Challenger for other formats. Empty for the Reasoner, whose prompt has no
   * format.
   */
  readonly formats: readonly { readonly entry: string; readonly prompt: number }[];
}

/**
 * Refuses a prompt that leaves no room for its longest response in the context of the model. The
 * error offers the settings that make room enough, each with its value.
 *
 * @param limit longest prompt and response together, in tokens
 * @throws SpiceError `PROMPT_TOO_LONG` (exit 2)
 */
export function requireRoom(length: PromptLength, limit: number, experiment: Experiment): void {
  const { role, prompt } = length;
  const { maxTokens } = experiment[role];
  if (prompt + maxTokens <= limit) return;
  const advice = settingsWithRoom(length, limit, experiment);
  throw new SpiceError(
    `A prompt of the ${role} (${counted(prompt, "token")}, ${length.segment} of them the segment) and its longest response (${maxTokens}) are more than the ${limit} tokens of the model's context.`,
    {
      code: "PROMPT_TOO_LONG",
      boundary: "config",
      where: "model.maxContextTokens",
      hint: `Any of these makes room: ${advice.join("; ")}.`,
      exit: 2,
    },
  );
}

/** What makes room for the response: each of these is enough alone. */
export function settingsWithRoom(
  { role, prompt, segment, formats }: PromptLength,
  limit: number,
  { challenger, [role]: { maxTokens } }: Experiment,
): readonly string[] {
  const over = prompt + maxTokens - limit;
  const advice: string[] = [];
  if (segment - over >= SHORTEST_SEGMENT)
    advice.push(
      `shorter segments (corpus.maxTokens=${segment - over}, and add the documents to a new corpus.store)`,
    );
  if (maxTokens - over >= SHORTEST_RESPONSE)
    advice.push(`shorter responses (${role}.maxTokens=${maxTokens - over})`);
  if (challenger.prompts === "paper" && role === "challenger")
    advice.push("the short prompts (challenger.prompts=small challenger.format=mix)");
  const fitting = formats.find((one) => one.prompt + maxTokens <= limit);
  if (fitting !== undefined)
    advice.push(`a format with a shorter prompt (challenger.format=mix challenger.mix=[${fitting.entry}])`);
  advice.push(
    `a model with a context of ${prompt + maxTokens} tokens or more (model.id, model.maxContextTokens)`,
  );
  return advice;
}
