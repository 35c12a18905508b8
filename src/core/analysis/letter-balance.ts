import { OPTION_COUNT } from "../admission/options/options.js";
import type { Task } from "../records/task.js";

/**
 * Number of multiple-choice tasks with the gold answer at each place, from the first to the last
 * place.
 */
export type PlaceCounts = readonly number[];

export const NO_PLACES: PlaceCounts = new Array<number>(OPTION_COUNT).fill(0);

/**
 * The counts with one more task. `written`: places as the Challenger wrote them. `shown`: places
 * after our shuffle.
 */
export function countPlace(counts: PlaceCounts, task: Task, order: "written" | "shown"): PlaceCounts {
  if (task.answerType !== "mcq") return counts;
  const place = (order === "written" ? task.options : task.shuffled).indexOf(task.answer);
  return counts.map((count, index) => count + (index === place ? 1 : 0));
}

/**
 * Chi-square statistic of the counts against equal shares, with OPTION_COUNT - 1 = 3 degrees of
 * freedom. By chance, 1 of 20 values is above 7.81 and 1 of 1,000 is above 16.27. The report names
 * the second bound. Null without tasks.
 */
export function placeChiSquare(counts: PlaceCounts): number | null {
  const total = counts.reduce((sum, one) => sum + one, 0);
  if (total === 0) return null;
  const even = total / counts.length;
  return counts.reduce((sum, one) => sum + (one - even) ** 2 / even, 0);
}
