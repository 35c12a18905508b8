/** One item of an evaluation set. */
export interface EvaluationItem {
  readonly id: string;
  readonly question: string;
  /** Empty when the set does not say. */
  readonly answer: string;
}

/** A registered evaluation set: what a run must never train on. */
export interface EvaluationSet {
  readonly name: string;
  /** SHA-256 of the file, hex. */
  readonly digest: string;
  readonly items: readonly EvaluationItem[];
}
