/** What one trainer made of a recorded batch. Log-probabilities: one row a sequence, one value a completion token, natural logs. */
export interface TrainerMeasure {
  readonly trainer: string;
  readonly computeDtype: string;
  /** All weights, or low-rank adapters: each engine starts these from random numbers of its own. */
  readonly trained: "full" | "adapter";
  readonly loss: number;
  readonly gradNorm: number;
  /** Under the weights before the step. */
  readonly before: readonly Float32Array[];
  /** Under the weights after it. */
  readonly after: readonly Float32Array[];
  readonly seconds: number;
}

/** Largest differences that count as the same work. */
export interface Tolerance {
  /** Of a log-probability before the step. */
  readonly logprob: number;
  /** Relative, of the gradient norm. */
  readonly gradNorm: number;
  /** Of the loss, relative to the sum of what it is made of. */
  readonly loss: number;
  /** Of the mean difference in a token's change over the step, relative to the reference's mean change. */
  readonly change: number;
}

/**
 * Where one side trains adapters, its gradient is another one and so is the size of its step; but the step must go the same way:
 * least cosine between the changes of all tokens and the reference's. Two unrelated directions among thousands of tokens have a cosine
 * near 0, and a step uphill instead of downhill one below it.
 */
export const LEAST_ALIGNMENT = 0.3;

/**
 * Tolerances by number format: both trainers in float32, or one of them in bfloat16. A log-probability of the demo's model differs by
 * 0.04 in the mean and 0.8 at most between formats (probes, 22 November 2026); the first AdamW step moves each weight by about
 * the learning rate in the direction of its gradient's sign, so weights whose gradient is near zero may move either way.
 */
export const TOLERANCE: Readonly<Record<"float32" | "bfloat16", Tolerance>> = {
  float32: { logprob: 2e-3, gradNorm: 1e-3, loss: 1e-4, change: 0.05 },
  bfloat16: { logprob: 1, gradNorm: 0.1, loss: 0.05, change: 0.5 },
};

/** One trainer against the reference. */
export interface ParityRow {
  readonly trainer: string;
  readonly loss: number;
  readonly gradNorm: number;
  /** Relative to the reference's. */
  readonly gradNormDifference: number;
  readonly lossDifference: number;
  /** Largest difference of a log-probability before the step. */
  readonly logprobDifference: number;
  /** Mean change of a token's log-probability over the step. */
  readonly meanChange: number;
  /** Mean difference of these changes, relative to the reference's mean absolute change. */
  readonly changeDifference: number;
  /** Cosine between the changes of all tokens and the reference's. */
  readonly alignment: number;
  /** One side trains adapters: only loss and log-probabilities before the step must be equal, and the step go the same way. */
  readonly adapters: boolean;
  readonly seconds: number;
  readonly same: boolean;
}

/** Compare every measure with the first one. */
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

/** 1 when either did not move at all and neither did the other; 0 when only one of them moved. */
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
