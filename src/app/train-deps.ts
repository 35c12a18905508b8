import type { ContaminationIndex } from "../core/admission/contamination.js";
import type { Experiment } from "../core/experiment.js";
import type {
  AnswerJudge,
  Clock,
  Corpus,
  Hash,
  Logger,
  MetricSink,
  RunStore,
  SecondOpinion,
  Telemetry,
  Trainer,
} from "./ports.js";

/** What a run works with: its experiment and one adapter for every port. */
export interface TrainDeps {
  readonly experiment: Experiment;
  readonly trainer: Trainer;
  readonly corpus: Corpus;
  readonly store: RunStore;
  readonly sink: MetricSink;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hash: Hash;
  /** The evaluation sets that `admission.contamination` names; absent when it names none. */
  readonly evaluations?: ContaminationIndex | null;
  /** Absent when `verification.secondOpinion.mode` is off. */
  readonly secondOpinion?: SecondOpinion;
  /** Absent when `verification.judge.mode` is off. */
  readonly judge?: AnswerJudge;
}
