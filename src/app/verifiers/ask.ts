import { keyed } from "../../core/random/rng.js";
import { disagrees, type Opinion, type VerifiedAnswer } from "../../core/truth/opinion.js";

/** Number of answers that are asked about at the same time. */
const CHUNK = 64;
/**
 * After this many failures in one step, nothing more is asked in that step. A broken verifier must
 * not delay training. An error on one pair is not such a failure.
 */
const PATIENCE = 8;

/**
 * True when this answer is in the random sample to ask about. Each answer has its own random
 * number, so the choice does not depend on other answers.
 */
export function isPicked(
  seed: number,
  step: number,
  { segmentId, task, kind, attempt }: VerifiedAnswer,
  purpose: "second-opinion" | "judge",
  share: number,
): boolean {
  return keyed(seed, step, segmentId, purpose, `${task.id} ${kind}`, attempt.index).next() < share;
}

/** An answer and the second verifier's opinion. */
export interface Asked {
  readonly one: VerifiedAnswer;
  readonly opinion: Opinion;
}

/** Asks about answers in order, `CHUNK` at a time. Stops after too many failures. */
export async function askInTurn(
  answers: readonly VerifiedAnswer[],
  ask: (one: VerifiedAnswer) => Promise<Opinion>,
): Promise<Asked[]> {
  const asked: Asked[] = [];
  let failures = 0;
  for (let from = 0; from < answers.length && failures < PATIENCE; from += CHUNK) {
    const chunk = await Promise.all(
      answers.slice(from, from + CHUNK).map(async (one) => ({ one, opinion: await ask(one) })),
    );
    failures += chunk.filter(
      ({ opinion }) => opinion.kind === "infrastructure" && opinion.cause !== "error",
    ).length;
    asked.push(...chunk);
  }
  return asked;
}

/** Counts of opinions. */
export interface Tally {
  /** Opinions that say correct or wrong. */
  readonly checked: number;
  readonly unreadable: number;
  readonly timeouts: number;
  /** Failures other than timeouts. */
  readonly failures: number;
  readonly disagreed: readonly { readonly one: VerifiedAnswer; readonly second: "correct" | "wrong" }[];
}

/** Counts opinions, and lists those that contradict the verdict of the rules. */
export function tally(asked: readonly Asked[]): Tally {
  const count = { checked: 0, unreadable: 0, timeouts: 0, failures: 0 };
  const disagreed: { one: VerifiedAnswer; second: "correct" | "wrong" }[] = [];
  for (const { one, opinion } of asked) {
    if (opinion.kind === "infrastructure") {
      if (opinion.cause === "timeout") count.timeouts += 1;
      else count.failures += 1;
    } else if (opinion.verdict === "unparsable") count.unreadable += 1;
    else {
      count.checked += 1;
      if (disagrees(one.task.answerType, one.attempt.verdict, opinion.verdict))
        disagreed.push({ one, second: opinion.verdict });
    }
  }
  return { ...count, disagreed };
}

/** Null when there is nothing to divide by. */
export function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
