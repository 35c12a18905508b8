import type { ContaminationIndex } from "../../core/admission/contamination/contamination.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Hash } from "../../core/records/task.js";
import type { Clock } from "../ports/clock.js";
import type { Corpus } from "../ports/corpus.js";
import type { Logger, MetricSink, Telemetry } from "../ports/output.js";
import type { OwnCode } from "../ports/own-code.js";
import type { RunStore } from "../ports/runs.js";
import type { Trainer } from "../ports/trainer.js";
import type { AnswerJudge, SecondOpinion } from "../ports/verifiers.js";
import type { WarmupMaterial } from "./warmup-material.js";

/** Everything a run needs: its experiment, and one adapter for each port. */
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
  /** Reward and checks of the user; absent when the configuration names none. */
  readonly own?: OwnCode;
  /**
   * Gives what the warm start teaches from; called only when there is a warm start. Absent: the
   * documents of its split, without pairs.
   */
  readonly warmupMaterial?: () => Promise<WarmupMaterial>;
  /** Absent when `verification.secondOpinion.mode` is off. */
  readonly secondOpinion?: SecondOpinion;
  /** Absent when `verification.judge.mode` is off. */
  readonly judge?: AnswerJudge;
}
