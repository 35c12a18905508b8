import { readFile } from "node:fs/promises";
import { type VerifiableTask, verify } from "../../src/core/answers/verify.js";
import { MATH_VERIFY_TYPES } from "../../src/core/truth/opinion.js";

/** One line of a labelled set, with the verdict by the policies. */
export interface LabelledPair {
  readonly id: string;
  readonly type: VerifiableTask["answerType"];
  /** Settings of the type that the task declares, passed unchanged. */
  readonly policy?: Readonly<Record<string, unknown>>;
  /** `mcq` only: the options as shown. */
  readonly options?: readonly string[];
  readonly gold: string;
  readonly answer: string;
  readonly expected: "correct" | "wrong" | "unparsable";
}

/** Reads a labelled set, one JSON object a line. Empty lines are ignored. */
export async function readPairs(path: string): Promise<LabelledPair[]> {
  const lines = (await readFile(path, "utf8")).split("\n");
  return lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const pair = JSON.parse(line) as LabelledPair;
    const texts = [pair.id, pair.type, pair.gold, pair.answer, pair.expected];
    if (texts.some((text) => typeof text !== "string"))
      throw new Error(`${path}:${index + 1}: a pair needs id, type, gold, answer and expected`);
    return [pair];
  });
}

/** Returns the task of a pair. */
export function taskOf({ type, gold, options = [], policy }: LabelledPair): VerifiableTask {
  return { answerType: type, answer: gold, shuffled: options, ...(policy === undefined ? {} : { policy }) };
}

/** Returns the verdict of the typed rules. */
export const judge = (pair: LabelledPair): string => verify(taskOf(pair), pair.answer);

/**
 * Whether math-verify can verify the pair: it supports the type, and the pair has no policy,
 * because math-verify has no policies.
 */
export function isForMathVerify({ type, policy }: LabelledPair): boolean {
  return MATH_VERIFY_TYPES.has(type) && Object.keys(policy ?? {}).length === 0;
}
