import type { Severity } from "../checks/check.js";
import type { OwnModule } from "../records/own-code.js";

/**
 * The settings of admission that are not severities. A check reads its numbers and lists from here.
 * The type of the severities is derived from the list of checks (`config.ts`). This file must not
 * contain that type, because the checks in the list depend on this file.
 */
export interface AdmissionParameters {
  readonly document: DocumentParameters;
  readonly contamination: ContaminationParameters;
  readonly nearDuplicates: NearDuplicateParameters;
  readonly caps: CapParameters;
  /**
   * Says what happens when proposals of one document repeat each other. `distinct`: the first
   * proposal is kept, and the checks of repeats that are on refuse the others. `any`: these
   * proposals are not compared with each other, as in the paper. With both values, a proposal is
   * compared with other documents and earlier steps.
   */
  readonly siblings: "distinct" | "any";
  /** Checks of the user. They run after the pure checks of this package, in this order. */
  readonly own: readonly OwnCheckSetting[];
}

/** A check of the user. */
export interface OwnCheckSetting extends OwnModule {
  readonly severity: Severity;
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
  /** Smallest Jaccard index at which two tasks ask the same; above 0 and at most 1. */
  readonly similarity: number;
}

/** Limits for one run. The value 0 means: no limit. */
export interface CapParameters {
  /** Number of steps in which a document may have admitted tasks. */
  readonly stepsPerDocument: number;
  /** Number of uses of an answer (`AskedBefore.stepsOfAnswer`). */
  readonly stepsPerAnswer: number;
}

/** The settings that all model checks have. */
interface ModelCheckSettings {
  /** Samples for a proposal; 0 switches the check off. */
  readonly attempts: number;
  readonly temperature: number;
  /** `refuse`: the proposal is refused. `count`: the record of the proposal has the finding. */
  readonly severity: "count" | "refuse";
}

/** At least `required` of `attempts` must give the gold answer. */
export interface AgreementCheck extends ModelCheckSettings {
  readonly required: number;
}

/**
 * At most `allowed` of `attempts` may give the gold answer. Null: as many as random guessing can
 * explain (`model/demand.ts`).
 */
export interface GuessCheck extends ModelCheckSettings {
  readonly allowed: number | null;
}
