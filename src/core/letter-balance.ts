import { answerKey } from "./normalise.js";
import type { Task } from "./task.js";

/**
 * How often each letter is the right one among multiple-choice tasks: `written` in the order of the Challenger, whose habits show
 * there, `shown` in ours, which is shuffled and must be even.
 */
export interface LetterBalance {
  readonly tasks: number;
  readonly written: readonly number[];
  readonly shown: readonly number[];
  /** Chi-square of the counts against equal ones, three degrees of freedom: above 16.3, chance is below 1 in 1000. Null without tasks. */
  readonly writtenChiSquare: number | null;
  readonly shownChiSquare: number | null;
}

const LETTERS = 4;

/** Letter balance of a set of tasks; those without options are left out. */
export function letterBalance(tasks: readonly Task[]): LetterBalance {
  const mcq = tasks.filter((task) => task.answerType === "mcq");
  const count = (order: (task: Task) => readonly string[]) => {
    const places = mcq.map((task) =>
      order(task).findIndex((one) => answerKey(one) === answerKey(task.answer)),
    );
    return Array.from({ length: LETTERS }, (_, letter) => places.filter((place) => place === letter).length);
  };
  const [written, shown] = [count((task) => task.options), count((task) => task.shuffled)];
  return {
    ...{ tasks: mcq.length, written, shown },
    writtenChiSquare: chiSquare(written),
    shownChiSquare: chiSquare(shown),
  };
}

function chiSquare(counts: readonly number[]): number | null {
  const total = counts.reduce((sum, one) => sum + one, 0);
  const even = total / counts.length;
  return total === 0 ? null : counts.reduce((sum, one) => sum + (one - even) ** 2 / even, 0);
}
