import type { Span } from "../text/spans.js";
import type { Verdict } from "./answer.js";
import type { Finding } from "./finding.js";
import type { PlantedTask } from "./planted.js";
import type { Prompt } from "./prompt.js";
import type { Refusal, Task, TaskFormat } from "./task.js";

/** Verdict of the oracle about a gold answer, from the document's structured facts. */
export type GoldVerdict = "right" | "wrong" | "unknown";

/**
 * One answer of the Reasoner to a task, without the document (blind) or with the document (open
 * book).
 */
export interface Attempt {
  readonly index: number;
  readonly text: string;
  readonly answer: string | null;
  readonly verdict: Verdict;
  /** Set when the judge changed the verdict of the rules from wrong to correct. */
  readonly rescuedBy?: "judge";
  /** Set when the sample ended at its token limit or at the end of the model's context. */
  readonly cutOff?: true;
  /** Set when the prompt opened a thought, so that the text begins inside it. */
  readonly thoughtOpened?: true;
  readonly tokens: number;
  readonly policyVersion: number;
}

/**
 * Pass rates with and without the document. They distinguish a hard task from a wrong one. Rewards
 * are computed from attempts, not from this diagnosis.
 */
export interface TwoArm {
  /** Share of correct attempts with the document. */
  readonly open: number;
  /** Share of correct attempts without the document; null without attempts. */
  readonly blind: number | null;
  /** `open` minus `blind`: how much the document helps. */
  readonly gap: number | null;
  /**
   * `wrong`: low pass rate with the document. Otherwise by the blind pass rate: `hard`, `fitting`,
   * `easy`, or `untried`.
   */
  readonly diagnosis: "wrong" | "hard" | "fitting" | "easy" | "untried";
}

/** The result of a model check on one proposal. */
export interface ModelCheckRecord {
  /**
   * Name of the check in records: `options_only`. Runs of older versions may hold names that no
   * check has.
   */
  readonly check: string;
  /** Attempts that reached the gold. */
  readonly right: number;
  /** `undecided`: the engine lost so many attempts that both outcomes are possible. */
  readonly outcome: "passed" | "failed" | "undecided";
  readonly attempts: readonly Attempt[];
}

/** One sample of the Challenger with its task and attempts, before it is scored. */
export interface UnscoredProposal {
  /** Index of the sample among the samples of its document, from 0. */
  readonly index: number;
  /** The completion as the model wrote it. */
  readonly text: string;
  /** Length of the completion in tokens. */
  readonly tokens: number;
  /** Policy version that wrote the completion. */
  readonly policyVersion: number;
  /** Reason code of the refusal; null when the proposal was admitted. */
  readonly refusal: Refusal | null;
  /** One sentence for people: what exactly failed. Empty when the proposal was admitted. */
  readonly detail: string;
  /**
   * What checks with severity `count` found, in the order of the checks; absent when they found
   * nothing.
   */
  readonly findings?: readonly Finding[];
  /**
   * The task that was read from the text; null when the engine lost the proposal, or when the
   * parser or a pure check refused it.
   */
  readonly task: Task | null;
  /** Attempts with the document, made by the open-book check. */
  readonly openBook: readonly Attempt[];
  /** The other model checks, in the order in which they ran; absent when none ran. */
  readonly modelChecks?: readonly ModelCheckRecord[];
  /** Blind attempts. Empty unless the proposal is admitted and selected. */
  readonly attempts: readonly Attempt[];
  /**
   * True for members of the Challenger's training group (see `subsample` in core/game/group.ts).
   */
  readonly selected: boolean;
  /**
   * The oracle's verdict on the gold answer, from the structured facts of the document. Refused
   * proposals have this verdict too, so that the report can show what admission removes. Null when
   * the text was not parsed.
   */
  readonly gold: GoldVerdict | null;
}

/** One sample of the Challenger, scored. */
export interface ProposalRecord extends UnscoredProposal {
  /** Share of correct attempts among the graded blind attempts; null when no attempt was graded. */
  readonly passRate: number | null;
  /** Null when the proposal is not selected, or when the engine failed. */
  readonly reward: number | null;
  /** Reward minus the mean reward of the group; null when there is no reward. */
  readonly advantage: number | null;
  /** Absent when no attempt with the document was graded. */
  readonly twoArm?: TwoArm;
}

/** The task whose attempts train the Reasoner. */
export interface ReasonerChoice {
  /** Index of the proposal with the task. */
  readonly proposalIndex: number;
  readonly taskId: string;
}

/**
 * The Reasoner's training group. `rewards` and `advantages` have one entry for each graded attempt.
 */
export interface ReasonerGroup extends ReasonerChoice {
  readonly rewards: readonly number[];
  readonly advantages: readonly number[];
}

/** The fields that an episode has before and after scoring. */
interface EpisodeBase {
  readonly step: number;
  /** Place of the document in its step, from 0. */
  readonly slot: number;
  readonly segmentId: string;
  readonly documentId: string;
  /** Type of task that the Challenger was asked for. */
  readonly format: TaskFormat;
  /** Passage of the segment to ask about, in UTF-16 code units; null for the whole segment. */
  readonly focus: Span | null;
  /** Identifier of the prompt family. */
  readonly promptTemplate: string;
  readonly challengerPrompt: Prompt;
  /**
   * The document check that refused the document, so that the Challenger was not asked. Absent
   * otherwise.
   */
  readonly documentRefusal?: Finding;
}

/**
 * Everything about one document in one step, before it is scored. `scoreEpisode` makes an `Episode`
 * of it.
 */
export interface UnscoredEpisode extends EpisodeBase {
  readonly proposals: readonly UnscoredProposal[];
  /** Null when no task of the document can train the Reasoner. */
  readonly reasoner: ReasonerChoice | null;
}

/** Everything about one document in one step. One line of episodes.jsonl. */
export interface Episode extends EpisodeBase {
  readonly proposals: readonly ProposalRecord[];
  readonly reasoner: ReasonerGroup | null;
  /**
   * Planted tasks, which test admission, the oracle and the verifier. A planted task is never
   * trained on, and never one of the asked tasks. Absent when no task was planted on this document.
   */
  readonly canaries?: readonly PlantedTask[];
}
