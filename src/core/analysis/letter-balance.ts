import { OPTION_COUNT } from "../admission/options/options.js";
import type { Task } from "../records/task.js";

/** How often the gold stood at each place of multiple choice, first to last. */
export type PlaceCounts = readonly number[];

export const NO_PLACES: PlaceCounts = new Array<number>(OPTION_COUNT).fill(0);

/** The counts with one more task. `written`: places as the Challenger wrote them; `shown`: as we shuffled them. */
export function countPlace(counts: PlaceCounts, task: Task, order: "written" | "shown"): PlaceCounts {
  if (task.answerType !== "mcq") return counts;
  const place = (order === "written" ? task.options : task.shuffled).indexOf(task.answer);
  return counts.map((count, index) => count + (index === place ? 1 : 0));
}

/**
 * Chi-square statistic of the places against an even spread, with OPTION_COUNT - 1 = 3 degrees of freedom: above 7.81 happens by
 * chance once in 20, above 16.27 once in 1,000 (the report names this bound). Null without tasks.
 */
export function placeChiSquare(counts: PlaceCounts): number | null {
  const total = counts.reduce((sum, one) => sum + one, 0);
  if (total === 0) return null;
  const even = total / counts.length;
  return counts.reduce((sum, one) => sum + (one - even) ** 2 / even, 0);
}
