import { admit } from "../../core/admission/admit.js";
import type { ScreenedDocument } from "../../core/admission/document/screen-document.js";
import { AskedTasks } from "../../core/admission/repeats/asked-tasks.js";
import { GapRepeats } from "../../core/admission/repeats/gap-repeats.js";
import { PASSED } from "../../core/checks/check.js";
import type { Screened } from "../../core/checks/series.js";
import { keyed } from "../../core/random/rng.js";
import type { Segment } from "../../core/records/document.js";
import type { Attempt, GoldVerdict, ModelCheckRecord } from "../../core/records/episode.js";
import type { Finding } from "../../core/records/finding.js";
import type { Candidate, Refusal, Task, TaskFormat } from "../../core/records/task.js";
import type { Span } from "../../core/text/spans.js";
import { askOracle } from "../../core/truth/oracle.js";
import type { Sample } from "../ports/trainer.js";
import type { BlindAttempts } from "./attempts.js";
import { checkWithModel, type ModelFindings } from "./model-checks.js";
import { isCutOff } from "./sample.js";
import type { StepContext } from "./step-context.js";

/** A sample of the Challenger, with the results of the checks that ran so far. */
export interface CheckedProposal {
  readonly index: number;
  readonly sample: Sample;
  /** Null while no check has refused the proposal. */
  readonly refusal: Refusal | null;
  /** One sentence for people about the refusal; empty without a refusal. */
  readonly detail: string;
  /** What checks with severity `count` found. */
  readonly findings: readonly Finding[];
  /**
   * Null when the engine lost the proposal, or when the parser or a pure check refused it. A
   * proposal that a later check refused has a task.
   */
  readonly task: Task | null;
  /** Attempts with the document, made by the open-book check. */
  readonly openBook: readonly Attempt[];
  /** The results of the other model checks. */
  readonly modelChecks: readonly ModelCheckRecord[];
  /** The oracle's verdict on the gold answer; null when the text was not parsed. */
  readonly gold: GoldVerdict | null;
}

/** What all proposals of one document have in common. */
export interface Assignment {
  readonly segment: Segment;
  /** The result of the document checks on `segment`. */
  readonly document: ScreenedDocument;
  readonly format: TaskFormat;
  readonly focus: Span | null;
}

/** The admission of one document's proposals. */
export class ProposalChecks {
  /** Tasks of earlier proposals of the same document. */
  readonly #siblings: AskedTasks;
  /** Questions with a gap of earlier proposals of the same document. */
  readonly #gaps = new GapRepeats();
  /** Results of model checks. Equal tasks share one result. */
  readonly #modelFindings = new Map<string, Promise<ModelFindings | null>>();

  constructor(
    private readonly context: StepContext,
    private readonly blind: BlindAttempts,
    private readonly assignment: Assignment,
  ) {
    this.#siblings = new AskedTasks(context.experiment.admission);
  }

  /**
   * Parses a sample and runs the checks that need no model. The caller passes samples in index
   * order. With `siblings: distinct`, the first of several proposals with equal tasks is kept. The
   * other proposals are refused before any model check.
   */
  read(sample: Sample): CheckedProposal {
    const { family } = this.context;
    if (sample.reason === "error")
      return refusedText(sample, "infrastructure", "The engine failed while writing it.");
    const parsed = family.parseProposal(sample.text, this.assignment.format, !isCutOff(sample.reason));
    return parsed.ok
      ? this.#admit(sample, parsed.candidate)
      : refusedText(sample, parsed.refusal, parsed.detail);
  }

  #admit(sample: Sample, candidate: Candidate): CheckedProposal {
    const { experiment, hash, step, evaluations, own } = this.context;
    const { segment, document, focus } = this.assignment;
    const config = experiment.admission;
    const gold = askOracle(segment, candidate);
    const optionRng = (taskId: string) => keyed(experiment.seed, step, segment.id, "options", taskId);
    const rules = { segment, document, focus, config, optionRng, hash, evaluations, own: own.checks };
    const admitted = admit(candidate, rules);
    const { findings } = admitted;
    if (!admitted.ok) return { ...refusedText(sample, admitted.code, admitted.detail), findings, gold };
    return this.#screenRepeats(sample, admitted.task, findings, gold);
  }

  /**
   * Compares a task with the tasks that earlier steps admitted. With `siblings: distinct`, also
   * compares it with the tasks of earlier proposals of this document.
   */
  #screenRepeats(
    sample: Sample,
    task: Task,
    findings: readonly Finding[],
    gold: GoldVerdict,
  ): CheckedProposal {
    const { askedTasks, experiment } = this.context;
    const earlier = askedTasks.screen(task);
    const siblings =
      experiment.admission.siblings === "distinct" ? this.#siblings.screen(task) : this.#screenGap(task);
    const refusal = earlier.refusal ?? siblings.refusal;
    if (refusal === null) {
      this.#siblings.note(task);
      this.#gaps.note(task);
    }
    return {
      index: sample.sampleIndex,
      sample,
      refusal: refusal?.code ?? null,
      detail: refusal?.detail ?? "",
      findings: [...findings, ...earlier.findings, ...siblings.findings],
      task,
      openBook: [],
      modelChecks: [],
      gold,
    };
  }

  /**
   * With `siblings: any`: the same gap with other wrong options, by the severity of `duplicates`.
   */
  #screenGap(task: Task): Screened {
    const { duplicates } = this.context.experiment.admission;
    const repeated = duplicates === "off" ? PASSED : this.#gaps.screen(task);
    if (repeated.ok) return { refusal: null, findings: [] };
    if (duplicates === "refuse") return { refusal: repeated, findings: [] };
    return { refusal: null, findings: [{ code: repeated.code, detail: repeated.detail }] };
  }

  /**
   * Runs the model checks, which cost samples. Proposals with equal tasks share these samples. The
   * caller passes proposals in index order. Of several proposals with equal tasks, the first one
   * starts the sampling.
   *
   * @param enough an `AbortSignal`. The caller aborts it when the document has all proposals that
   * it needs; the result of the checks is not needed then
   * @returns null when `enough` was aborted before the checks ended
   */
  async runModelChecks(proposal: CheckedProposal, enough: AbortSignal): Promise<CheckedProposal | null> {
    const { task } = proposal;
    if (proposal.refusal !== null || task === null) return proposal;
    const found = await this.#modelFindingsOf(task, enough);
    if (found === null) return null;
    if (found.refusal === null && this.#everyTaskIsSolved()) {
      // The attempts start while other proposals are still being written. `solve` awaits the same
      // promise and throws its error. Until then, the empty handler prevents an "unhandled
      // rejection".
      this.blind.first(task).catch(() => undefined);
    }
    return { ...proposal, ...found };
  }

  #modelFindingsOf(task: Task, enough: AbortSignal): Promise<ModelFindings | null> {
    const { segment } = this.assignment;
    const findings = this.#modelFindings.get(task.id) ?? checkWithModel(this.context, segment, task, enough);
    this.#modelFindings.set(task.id, findings);
    return findings;
  }

  /**
   * True when all proposals are in the training group. When false, `solve` picks the group later.
   */
  #everyTaskIsSolved(): boolean {
    const { maxProposals, groupSize } = this.context.experiment.challenger;
    return maxProposals <= groupSize;
  }
}

/**
 * The result for a sample without a task: the engine lost the sample, or the parser or a pure check
 * refused it.
 */
function refusedText(sample: Sample, refusal: Refusal, detail: string): CheckedProposal {
  return {
    index: sample.sampleIndex,
    sample,
    refusal,
    detail,
    findings: [],
    task: null,
    openBook: [],
    modelChecks: [],
    gold: null,
  };
}
