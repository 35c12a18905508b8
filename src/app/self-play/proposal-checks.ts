import { admit } from "../../core/admission/admit.js";
import type { ScreenedDocument } from "../../core/admission/document/screen-document.js";
import { AskedTasks } from "../../core/admission/repeats/asked-tasks.js";
import { keyed } from "../../core/random/rng.js";
import type { Segment } from "../../core/records/document.js";
import type { Attempt, GoldVerdict, ModelCheckRecord } from "../../core/records/episode.js";
import type { Finding } from "../../core/records/finding.js";
import type { Refusal, Task, TaskFormat } from "../../core/records/task.js";
import type { Span } from "../../core/text/spans.js";
import { askOracle } from "../../core/truth/oracle.js";
import type { Sample } from "../ports/trainer.js";
import { checkWithModel, type ModelFindings } from "./model-checks.js";
import { type AttemptSet, blindAttempts, completeBlind } from "./solve.js";
import type { RolloutContext } from "./step-context.js";

/** A proposal with its tokens and where it stands in admission. `refusal` null means admitted so far. */
export interface CheckedProposal {
  readonly index: number;
  readonly sample: Sample;
  refusal: Refusal | null;
  detail: string;
  /** What checks noted without refusing. */
  findings: readonly Finding[];
  /** Null when the text or a check of form refused it; a repeat has one. */
  readonly task: Task | null;
  readonly openBook: readonly Attempt[];
  /** The other checks that spent rollouts. */
  readonly modelChecks: readonly ModelCheckRecord[];
  /** What the document's structured facts say of the gold; null when the text did not parse. */
  readonly gold: GoldVerdict | null;
}

/** What all proposals of a document were asked for. */
export interface Assignment {
  readonly segment: Segment;
  /** What the checks of the document found on `segment`. */
  readonly document: ScreenedDocument;
  readonly format: TaskFormat;
  readonly focus: Span | null;
}

/** The checks of one document's proposals. Equal tasks share their attempts. */
export class ProposalChecks {
  readonly #asked: AskedTasks;
  readonly #blind = new Map<string, Promise<AttemptSet>>();
  readonly #checked = new Map<string, Promise<ModelFindings | null>>();

  constructor(
    private readonly context: RolloutContext,
    private readonly assignment: Assignment,
    /** Start blind attempts as soon as a task is admitted, while other proposals are still being written. */
    private readonly eager: boolean,
  ) {
    this.#asked = new AskedTasks(context.experiment.admission);
  }

  /**
   * Parser and cheap checks. Called in index order: with `siblings: distinct`, of proposals that ask the same the first that is
   * well-formed stands for all, and no rollout is spent on the others.
   */
  read(sample: Sample): CheckedProposal {
    const { context } = this;
    const { segment, document, format, focus } = this.assignment;
    const { experiment, family, hash, memory, step, evaluations = null } = context;
    const base = {
      ...{ index: sample.sampleIndex, sample, openBook: [], modelChecks: [] },
      ...{ findings: [], gold: null },
    };
    if (sample.reason === "error") {
      return {
        ...base,
        refusal: "infrastructure",
        detail: "The engine failed while writing it.",
        task: null,
      };
    }
    const parsed = family.parseProposal(sample.text, format, sample.reason !== "length");
    if (!parsed.ok) return { ...base, refusal: parsed.refusal, detail: parsed.detail, task: null };
    const gold = askOracle(segment, parsed.candidate);
    const optionRng = keyed(experiment.seed, step, segment.id, "options", parsed.candidate.question);
    const { admission } = experiment;
    const rules = { segment, document, focus, config: admission, optionRng, hash, evaluations };
    const admitted = admit(parsed.candidate, rules);
    const { findings } = admitted;
    if (!admitted.ok)
      return { ...base, refusal: admitted.code, detail: admitted.detail, findings, task: null, gold };
    const { task } = admitted;
    const before = memory.screen(task);
    const siblings = admission.siblings === "distinct" ? this.#asked.screen(task) : null;
    const refusal = before.refusal ?? siblings?.refusal ?? null;
    if (refusal === null) this.#asked.note(task);
    return {
      ...base,
      refusal: refusal?.code ?? null,
      detail: refusal?.detail ?? "",
      findings: [...findings, ...before.findings, ...(siblings?.findings ?? [])],
      task,
      gold,
    };
  }

  /** The blind attempts on an admitted task; asked for again, the same ones. */
  blind(task: Task): Promise<AttemptSet> {
    return once(this.#blind, task, () => blindAttempts(this.context, this.context.family.blind(task), task));
  }

  /** All K of them, drawing what early stopping left out. */
  async whole(task: Task): Promise<AttemptSet> {
    const set = completeBlind(this.context, this.context.family.blind(task), task, await this.blind(task));
    this.#blind.set(task.id, set);
    return set;
  }

  /**
   * The checks that cost rollouts. Called in index order, so that what several proposals share is drawn for the first of them.
   *
   * @param enough aborted once no check that still runs can matter
   * @returns null when it was cut short by `enough`
   */
  async check(proposal: CheckedProposal, enough: AbortSignal): Promise<CheckedProposal | null> {
    const { task } = proposal;
    if (proposal.refusal !== null || task === null) return proposal;
    const found = await once(this.#checked, task, () =>
      checkWithModel(this.context, this.assignment.segment, task, enough),
    );
    if (found === null) return null;
    // The caller awaits the same promise later; the empty handler only keeps an early failure from being "unhandled".
    if (this.eager && found.refusal === null) this.blind(task).catch(() => undefined);
    return { ...proposal, ...found };
  }
}

/** What belongs to this task, made at its first use. */
function once<T>(made: Map<string, Promise<T>>, { id }: Task, make: () => Promise<T>): Promise<T> {
  const one = made.get(id) ?? make();
  made.set(id, one);
  return one;
}
