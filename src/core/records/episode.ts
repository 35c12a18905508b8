import type { Span } from "../text/spans.js";
import type { Verdict } from "./answer.js";
import type { Finding } from "./finding.js";
import type { PlantedTask } from "./planted.js";
import type { Prompt } from "./prompt.js";
import type { Refusal, Task, TaskFormat } from "./task.js";

/** What the document's structured facts say of a gold answer. */
export type GoldVerdict = "right" | "wrong" | "unknown";

/** One Reasoner answer to a task, blind or with the document in hand (open book). */
export interface Attempt {
  readonly index: number;
  readonly text: string;
  readonly answer: string | null;
  readonly verdict: Verdict;
  /** Set when the verdict is not the rules' own: they said wrong, and the language-model judge overruled them. */
  readonly rescuedBy?: "judge";
  readonly tokens: number;
  readonly policyVersion: number;
}

/** Pass rates with the document and without, side by side: tells hard from wrong. A diagnosis; rewards are computed from attempts. */
export interface TwoArm {
  /** Share of right attempts with the document. */
  readonly open: number;
  /** The same without it; null when there were none. */
  readonly blind: number | null;
  /** open - blind: what the document adds. */
  readonly gap: number | null;
  /** `wrong`: low even with the document. Else by the blind arm: `hard`, `fitting`, `easy`, or `untried`. */
  readonly diagnosis: "wrong" | "hard" | "fitting" | "easy" | "untried";
}

/** What a check that spends rollouts found on a proposal. */
export interface ModelCheckRecord {
  /** Name of the check in records: `options_only`. Runs of older versions may hold names that no check has. */
  readonly check: string;
  /** Attempts that reached the gold. */
  readonly right: number;
  /** `undecided`: so many attempts were lost to the engine that it could be either. */
  readonly outcome: "passed" | "failed" | "undecided";
  readonly attempts: readonly Attempt[];
}

/** One Challenger generation and everything that followed from it. */
export interface ProposalRecord {
  readonly index: number;
  readonly text: string;
  readonly tokens: number;
  readonly policyVersion: number;
  /** Null when admitted. */
  readonly refusal: Refusal | null;
  /** One sentence for people: what exactly failed. */
  readonly detail: string;
  /** What checks with severity `count` found, in the order of the checks; absent when nothing. */
  readonly findings?: readonly Finding[];
  readonly task: Task | null;
  readonly openBook: readonly Attempt[];
  /** The other checks that spent rollouts on it, in the order they were made; absent when none did. */
  readonly modelChecks?: readonly ModelCheckRecord[];
  /** Blind attempts. Empty unless admitted and selected. */
  readonly attempts: readonly Attempt[];
  /** In the Challenger's training group: all of them when N = G, else the subsample that keeps the valid share. */
  readonly selected: boolean;
  /** Share of correct attempts over graded ones; null when there is none. */
  readonly passRate: number | null;
  /** Null when not selected or when the infrastructure failed. */
  readonly reward: number | null;
  readonly advantage: number | null;
  /**
   * Judged against the document's structured facts, never by the model, and also when a check refused it: that tells what
   * admission removes. Null when it did not parse.
   */
  readonly gold: GoldVerdict | null;
  /** Absent when it was not tried with its document. */
  readonly twoArm?: TwoArm;
}

/** The Reasoner's training group: the attempts on the one task chosen for the document. */
export interface ReasonerGroup {
  readonly proposalIndex: number;
  readonly taskId: string;
  readonly rewards: readonly number[];
  readonly advantages: readonly number[];
}

/** Everything about one document in one step. Stored whole, one JSON line. */
export interface Episode {
  readonly step: number;
  readonly slot: number;
  readonly segmentId: string;
  readonly documentId: string;
  readonly format: TaskFormat;
  /** The passage of the segment that was to be asked about, in UTF-16 code units; null for the whole of it. */
  readonly focus: Span | null;
  readonly promptTemplate: string;
  readonly challengerPrompt: Prompt;
  /** Why nothing was written about the document, when its own checks refused it before the first token; absent otherwise. */
  readonly documentRefusal?: Finding;
  readonly proposals: readonly ProposalRecord[];
  readonly reasoner: ReasonerGroup | null;
  /** Planted to test the gate and the judge; never trained on, never remembered. Absent when none was planted here. */
  readonly canaries?: readonly PlantedTask[];
}
