/**
 * The settings of admission beside severities. Checks read their numbers and lists here; the
 * severities are derived from the list of checks (`config.ts`), so a check cannot depend on them.
 */
export interface AdmissionParameters {
  readonly document: DocumentParameters;
  readonly contamination: ContaminationParameters;
  readonly nearDuplicates: NearDuplicateParameters;
  readonly caps: CapParameters;
  /**
   * Proposals of one document with the same task: `distinct` refuses all but the first, `any`
   * admits all, as the paper does. Checks of repeats that are on refuse repeats across documents
   * and steps with both values.
   */
  readonly siblings: "distinct" | "any";
}

export interface DocumentParameters {
  /**
   * SPDX ids, and the names that sources use for the public domain, compared without case. `any`
   * allows all licenses.
   */
  readonly licenses: readonly string[];
}

export interface ContaminationParameters {
  /**
   * JSON-lines files of evaluation items that no task may repeat, relative to the working
   * directory.
   */
  readonly sets: readonly string[];
  /** Contamination markers: texts that mark data which must not be trained on. */
  readonly canaries: readonly string[];
  /** Words in a row that count as shared. */
  readonly ngram: number;
  /** Share of the question's words that must be shared with one item, 0 to 1. */
  readonly coverage: number;
}

export interface NearDuplicateParameters {
  /** Jaccard index, above 0 and at most 1, from which on two tasks ask the same. */
  readonly similarity: number;
}

/**
 * How often, in a run, a document may bring tasks and an answer may be asked for; 0: without limit.
 */
export interface CapParameters {
  readonly stepsPerDocument: number;
  readonly stepsPerAnswer: number;
}

/** The settings that all model checks have. */
interface ModelCheckSettings {
  /** Samples for a proposal; 0 switches the check off. */
  readonly attempts: number;
  readonly temperature: number;
  /** `refuse`, or `count`: the proposal goes on, and its record contains the finding. */
  readonly severity: "count" | "refuse";
}

/** At least `required` of `attempts` must reach the gold. */
export interface AgreementCheck extends ModelCheckSettings {
  readonly required: number;
}

/**
 * At most `allowed` of `attempts` may reach the gold; null: as many as luck explains
 * (`model/demand.ts`).
 */
export interface GuessCheck extends ModelCheckSettings {
  readonly allowed: number | null;
}
