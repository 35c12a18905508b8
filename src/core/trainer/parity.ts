/**
 * Results of one trainer on a recorded batch. Log-probabilities have one row for each sequence and
 * one value for each completion token, as natural logarithms.
 */
export interface TrainerMeasure {
  readonly trainer: string;
  readonly computeDtype: string;
  /**
   * `full`: all weights are trained. `adapter`: low-rank adapters, which each engine initializes
   * with its own random numbers.
   */
  readonly trained: "full" | "adapter";
  readonly loss: number;
  readonly gradNorm: number;
  /** Log-probabilities under the weights before the step. */
  readonly before: readonly Float32Array[];
  /** Log-probabilities under the weights after the step. */
  readonly after: readonly Float32Array[];
  readonly seconds: number;
}

/** Largest differences that count as equal work. */
export interface Tolerance {
  /** Largest difference of a log-probability before the step. */
  readonly logprob: number;
  /** Largest relative difference of the gradient norm. */
  readonly gradNorm: number;
  /** Largest difference of the loss, relative to the sum of the absolute terms of the loss. */
  readonly loss: number;
  /**
   * Largest mean difference of a token's change over the step, relative to the mean change of the
   * reference.
   */
  readonly change: number;
}

/**
 * Smallest allowed cosine similarity of the log-probability changes when one side trains LoRA
 * adapters. Gradient norms are then not comparable, only directions. Two unrelated directions over
 * thousands of tokens have a cosine near 0. A step in the opposite direction has a negative cosine.
 */
export const LEAST_ALIGNMENT = 0.3;

/**
 * Tolerances by number format: both trainers in float32, or one of them in bfloat16. A
 * log-probability of the demo's model differs between the formats by 0.04 on average and by at most
 * 0.8 (measured on 22 November 2026). The first AdamW step moves each weight by about the learning
 * rate, in the direction of the gradient's sign. Weights with a gradient near zero can therefore
 * move in either direction.
 */
export const TOLERANCE: Readonly<Record<"float32" | "bfloat16", Tolerance>> = {
  float32: { logprob: 2e-3, gradNorm: 1e-3, loss: 1e-4, change: 0.05 },
  bfloat16: { logprob: 1, gradNorm: 0.1, loss: 0.05, change: 0.5 },
};

/** Comparison of one trainer with the reference. */
export interface ParityRow {
  readonly trainer: string;
  readonly loss: number;
  readonly gradNorm: number;
  /** Difference of the gradient norms, relative to the reference. */
  readonly gradNormDifference: number;
  readonly lossDifference: number;
  /** Largest difference of a log-probability before the step. */
  readonly logprobDifference: number;
  /** Mean change of a token's log-probability over the step. */
  readonly meanChange: number;
  /** Mean difference of these changes, relative to the mean absolute change of the reference. */
  readonly changeDifference: number;
  /** Cosine similarity of the changes of all tokens with those of the reference. */
  readonly alignment: number;
  /**
   * True when one side trains adapters. Then only the loss and the log-probabilities before the
   * step must be equal, and the step must have the same direction.
   */
  readonly adapters: boolean;
  readonly seconds: number;
  readonly same: boolean;
}

/** Compares every measure with the first one. */
export function compareTrainers(measures: readonly TrainerMeasure[]): readonly ParityRow[] {
  const [reference] = measures;
  if (reference === undefined) return [];
  const scale = mean(changes(reference).map(Math.abs));
  return measures.map((one) => {
    const exact = one.computeDtype === "float32" && reference.computeDtype === "float32";
    const limit = TOLERANCE[exact ? "float32" : "bfloat16"];
    const difference = pairs(flat(one.before), flat(reference.before)).map(([a, b]) => Math.abs(a - b));
    const moved = pairs(changes(one), changes(reference)).map(([a, b]) => Math.abs(a - b));
    const adapters = one.trained !== reference.trained || one.trained === "adapter";
    const row = {
      trainer: one.trainer,
      loss: one.loss,
      gradNorm: one.gradNorm,
      gradNormDifference: relative(one.gradNorm, reference.gradNorm),
      lossDifference: Math.abs(one.loss - reference.loss) / Math.max(Math.abs(reference.loss), 0.1),
      logprobDifference: Math.max(0, ...difference),
      meanChange: mean(changes(one)),
      changeDifference: scale === 0 ? 0 : mean(moved) / scale,
      alignment: cosine(changes(one), changes(reference)),
      adapters: adapters && one !== reference,
      seconds: one.seconds,
    };
    const step = row.adapters
      ? row.alignment >= LEAST_ALIGNMENT
      : row.gradNormDifference <= limit.gradNorm && row.changeDifference <= limit.change;
    const same = row.logprobDifference <= limit.logprob && row.lossDifference <= limit.loss && step;
    return { ...row, same };
  });
}

const flat = (rows: readonly Float32Array[]): number[] => rows.flatMap((row) => [...row]);

const changes = ({ before, after }: TrainerMeasure): number[] =>
  pairs(flat(after), flat(before)).map(([a, b]) => a - b);

function pairs(a: readonly number[], b: readonly number[]): [number, number][] {
  if (a.length !== b.length) throw new RangeError(`${a.length} log-probabilities against ${b.length}`);
  return a.map((value, index) => [value, b[index] as number]);
}

/** Cosine similarity; 1 when neither side moved, 0 when only one side moved. */
function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    pairs(x, y).reduce((sum, [one, other]) => sum + one * other, 0);
  const scale = Math.sqrt(dot(a, a) * dot(b, b));
  if (scale > 0) return dot(a, b) / scale;
  return dot(a, a) === dot(b, b) ? 1 : 0;
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, one) => sum + one, 0) / values.length;

const relative = (value: number, reference: number): number =>
  value === reference ? 0 : Math.abs(value - reference) / Math.max(Math.abs(reference), 1e-12);
