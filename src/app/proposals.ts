import { admitCheap } from "../core/admission/index.js";
import { repeatKeys } from "../core/admission/memory.js";
import type { Segment } from "../core/document.js";
import type { GoldVerdict, Verdict } from "../core/episode.js";
import { judgeGold } from "../core/oracle.js";
import { keyed } from "../core/rng.js";
import type { Span } from "../core/spans.js";
import type { Refusal, Task, TaskFormat } from "../core/task.js";
import { type AttemptSet, blindAttempts, completeBlind, openBookAttempts } from "./attempts.js";
import type { Sample } from "./ports.js";
import type { RolloutContext } from "./rollout-context.js";

/** A proposal with its tokens and where it stands in admission. `refusal` null means admitted so far. */
export interface JudgedProposal {
  readonly index: number;
  readonly sample: Sample;
  refusal: Refusal | null;
  detail: string;
  /** Null when the text or a check of form refused it; a repeat has one. */
  readonly task: Task | null;
  readonly openBook: AttemptSet | null;
  /** What the document's structured facts say of the gold; null when the text did not parse. */
  readonly gold: GoldVerdict | null;
}

/** What all proposals of a document were asked for. */
export interface Assignment {
  readonly segment: Segment;
  readonly format: TaskFormat;
  readonly focus: Span | null;
}

/** The checks of one document's proposals. Equal tasks share their attempts. */
export class ProposalJudge {
  readonly #asked = new Set<string>();
  readonly #blind = new Map<string, Promise<AttemptSet>>();
  readonly #openBook = new Map<string, Promise<AttemptSet>>();

  constructor(
    private readonly context: RolloutContext,
    private readonly assignment: Assignment,
    /** Start blind attempts as soon as a task is admitted, while other proposals are still being written. */
    private readonly eager: boolean,
  ) {}

  /**
   * Parser and cheap checks. Called in index order: with `siblings: distinct`, of proposals that ask the same the first that is
   * well-formed stands for all, and no rollout is spent on the others.
   */
  read(sample: Sample): JudgedProposal {
    const { context } = this;
    const { segment, format, focus } = this.assignment;
    const { experiment, family, hash, memory, step } = context;
    const base = { index: sample.sampleIndex, sample, openBook: null, gold: null };
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
    const gold = judgeGold(segment, parsed.candidate);
    const optionRng = keyed(experiment.seed, step, segment.id, "options", parsed.candidate.question);
    const admitted = admitCheap(parsed.candidate, segment, focus, experiment.admission, optionRng, hash);
    if (!admitted.ok)
      return { ...base, refusal: admitted.refusal, detail: admitted.detail, task: null, gold };
    const { task } = admitted;
    const keys = repeatKeys(task, experiment.admission);
    if (keys.some((key) => memory.has(key))) {
      return { ...base, refusal: "duplicate", detail: "An earlier step already asked this.", task, gold };
    }
    if (experiment.admission.siblings === "distinct" && keys.some((key) => this.#asked.has(key))) {
      return {
        ...base,
        refusal: "duplicate",
        detail: "An earlier proposal on this document asks this.",
        task,
        gold,
      };
    }
    for (const key of keys) this.#asked.add(key);
    return { ...base, refusal: null, detail: "", task, gold };
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

  #withDocument(task: Task, enough: AbortSignal): Promise<AttemptSet> {
    const prompt = this.context.family.openBook(this.assignment.segment, task);
    return once(this.#openBook, task, () => openBookAttempts(this.context, prompt, task, enough));
  }

  /**
   * The check that costs rollouts: can the Reasoner reach the gold with the document in hand? Called in index order, so that a
   * set which several proposals share is drawn for the first of them.
   *
   * @param enough aborted once no check that still runs can matter
   * @returns null when it was cut short by `enough`
   */
  async check(proposal: JudgedProposal, enough: AbortSignal): Promise<JudgedProposal | null> {
    const { task } = proposal;
    if (proposal.refusal !== null || task === null) return proposal;
    const { openBook } = this.context.experiment.admission;
    let checked = proposal;
    if (openBook.attempts > 0) {
      const set = await this.#withDocument(task, enough);
      if (enough.aborted) return null;
      const count = (verdict: Verdict) => set.attempts.filter((one) => one.verdict === verdict).length;
      const right = count("correct");
      checked = { ...proposal, openBook: set };
      if (right < openBook.required) {
        // Attempts that the engine lost might have been right: that is no verdict about the task.
        const undecided = right + count("infrastructure") >= openBook.required;
        checked.refusal = undecided ? "infrastructure" : "open_book_failed";
        checked.detail = `With the document, ${right} of ${set.attempts.length} attempts reached the gold; ${openBook.required} are required.`;
        return checked;
      }
    }
    // The caller awaits the same promise later; the empty handler only keeps an early failure from being "unhandled".
    if (this.eager) this.blind(task).catch(() => undefined);
    return checked;
  }
}

/** The set of this task, drawn at its first use. */
function once(
  sets: Map<string, Promise<AttemptSet>>,
  { id }: Task,
  draw: () => Promise<AttemptSet>,
): Promise<AttemptSet> {
  const set = sets.get(id) ?? draw();
  sets.set(id, set);
  return set;
}
