import { readFile } from "node:fs/promises";
import { type VerifiableTask, verify } from "../../src/core/answers/verify.js";
import { MATH_VERIFY_TYPES } from "../../src/core/truth/opinion.js";

/** One line of a labelled set: what a verdict should be by the policies. */
export interface LabelledPair {
  readonly id: string;
  readonly type: VerifiableTask["answerType"];
  /** What the type leaves open, as the task declares it; passed on as it is. */
  readonly policy?: Readonly<Record<string, unknown>>;
  /** `mcq` alone: as shown. */
  readonly options?: readonly string[];
  readonly gold: string;
  readonly answer: string;
  readonly expected: "correct" | "wrong" | "unparsable";
}

/** Read a labelled set, one JSON object a line. Empty lines are passed over. */
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

/** The task that a pair stands for. */
export function taskOf({ type, gold, options = [], policy }: LabelledPair): VerifiableTask {
  return { answerType: type, answer: gold, shuffled: options, ...(policy === undefined ? {} : { policy }) };
}

/** Verdict of the typed rules. */
export const judge = (pair: LabelledPair): string => verify(taskOf(pair), pair.answer);

/** Whether math-verify can be asked: a type it reads, and no policy, for it knows of none. */
export function isForMathVerify({ type, policy }: LabelledPair): boolean {
  return MATH_VERIFY_TYPES.has(type) && Object.keys(policy ?? {}).length === 0;
}
