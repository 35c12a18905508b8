import type { ParityRow } from "../../../core/trainer/parity.js";
import { table } from "../../terminal/output.js";

const HEAD = [
  "trainer",
  "loss",
  "grad norm",
  "loss diff",
  "norm diff",
  "logprob diff",
  "change",
  "change diff",
  "direction",
  "step",
  "",
];

/** The comparison as a table for people: one line for each trainer. */
export function showParity(rows: readonly ParityRow[]): string {
  return table(
    rows.map((row) => [
      row.trainer,
      row.loss.toFixed(6),
      row.gradNorm.toFixed(6),
      small(row.lossDifference),
      small(row.gradNormDifference),
      small(row.logprobDifference),
      small(row.meanChange),
      small(row.changeDifference),
      row.alignment.toFixed(3),
      `${row.seconds.toFixed(1)} s`,
      `${row.same ? "same" : "DIFFERS"}${row.adapters ? ", adapters" : ""}`,
    ]),
    HEAD,
  );
}

const small = (value: number): string => (value === 0 ? "0" : value.toExponential(1));
