import { keyed } from "../../core/random/rng.js";
import { disagrees, type Opinion, type VerifiedAnswer } from "../../core/truth/opinion.js";

/** Answers that are asked about at a time. */
const CHUNK = 64;
/**
 * Failures of one step after which nothing more is asked: a broken helper must not hold up
 * training. Errors on a pair are none.
 */
const PATIENCE = 8;

/**
 * Whether an answer falls into the share that is looked at: a draw of its own, whoever else is
 * looked at.
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

/** An answer and what was said of it. */
export interface Asked {
  readonly one: VerifiedAnswer;
  readonly opinion: Opinion;
}

/** Ask about answers, some at a time and in order; stops asking after too many failures. */
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

/** Numbers of what was asked. */
export interface Tally {
  /** Opinions that say correct or wrong. */
  readonly checked: number;
  readonly unreadable: number;
  readonly timeouts: number;
  /** Failures other than timeouts. */
  readonly failures: number;
  readonly disagreed: readonly { readonly one: VerifiedAnswer; readonly second: "correct" | "wrong" }[];
}

/** Count opinions, and find those that contradict the rules. */
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
