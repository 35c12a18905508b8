import type { AnswerPolicy } from "../records/answer.js";
import { type BareNumber, readBareNumber } from "./bare-number.js";
import { type AnswerKind, rightIf } from "./kind.js";
import type { Numeral } from "./numeral.js";
import { atMost, magnitude, multiply, type Rational, rational, subtract } from "./rational.js";
import { showRational } from "./show-rational.js";
import { declaredTolerance, defaultTolerance } from "./tolerance.js";

/**
 * Compares numbers within the tolerance of the gold answer. Percent follows the comparison rules;
 * the default is `scaled`. A unit beside an answer is not compared.
 */
export const numberKind: AnswerKind<BareNumber> = {
  read: readBareNumber,
  accepts: (gold, policy) =>
    gold.beside === "" && declaredTolerance(scale(gold, policy).value, policy) !== "invalid",
  compare(gold, given, policy) {
    if (policy.percent === "required" && gold.percent !== given.percent) return "wrong";
    const [wanted, got] = [scale(gold, policy), scale(given, policy)];
    const declared = declaredTolerance(wanted.value, policy);
    if (declared === "invalid") return "wrong";
    const tolerance = declared ?? defaultTolerance(wanted.value, wanted.step);
    return rightIf(atMost(magnitude(subtract(wanted.value, got.value)), tolerance));
  },
  describe(number, policy) {
    const beside = number.beside === "" ? "" : `, beside ${number.beside}`;
    const sign = number.percent && (policy.percent ?? "scaled") !== "scaled" ? " %" : "";
    return `${showRational(scale(number, policy).value)}${sign}${beside}`;
  },
};

const HUNDREDTH = rational(1n, 100n);

function scale(
  { value, step, percent }: Numeral,
  policy: AnswerPolicy,
): { value: Rational; step: Rational | null } {
  if (!percent || (policy.percent ?? "scaled") !== "scaled") return { value, step };
  return { value: multiply(value, HUNDREDTH), step: step === null ? null : multiply(step, HUNDREDTH) };
}
