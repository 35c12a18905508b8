import type { Segment } from "../records/document.js";
import type { Prompt } from "../records/prompt.js";
import type { Candidate, ParseResult, Task, TaskFormat } from "../records/task.js";
import type { Span } from "../text/spans.js";
import type { AttemptOrigin } from "./reading/origin.js";

/** Prompts and parsers of both roles, in one style and with one version. */
export interface PromptFamily {
  /**
   * `<name>/<version>`, recorded with every episode. Any change of a prompt or a parser raises the
   * version.
   */
  readonly id: string;
  /**
   * Prompt that asks the model which format fits the document; null when the configured mix
   * decides.
   */
  formatSelection(segment: Segment): Prompt | null;
  /** Reads the answer to `formatSelection`; null when it cannot be read. */
  parseFormat(text: string): TaskFormat | null;
  /**
   * The Challenger's prompt. All proposals for a document share this prompt.
   *
   * @param focus passage that the question must be about; null for any passage. Families whose
   * prompt has no place for a passage ignore it, and the configuration refuses that combination
   */
  challenger(segment: Segment, format: TaskFormat, focus: Span | null): Prompt;
  /** @param finished false when the generation stopped at its token limit */
  parseProposal(text: string, format: TaskFormat, finished: boolean): ParseResult;
  /**
   * The text that `parseProposal` reads as this candidate. The warm start teaches this text.
   *
   * @param prompt the Challenger's prompt that the text continues
   */
  proposalText(candidate: Candidate, prompt: Prompt): string;
  /** Stop texts of the Challenger. */
  readonly challengerStops: readonly string[];
  /**
   * The Reasoner's prompt with the document. The open-book check uses it to see whether the text
   * leads to the gold answer.
   */
  openBook(segment: Segment, task: Task): Prompt;
  /**
   * The open-book request in other words. The paraphrase check uses it to see whether the wording
   * decides the answer.
   */
  reworded(segment: Segment, task: Task): Prompt;
  /**
   * The options of a multiple-choice task without the question. The options-only check uses it to
   * see whether the options alone show the right one.
   */
  optionsOnly(task: Task): Prompt;
  /** The Reasoner's prompt without the document. */
  blind(task: Task): Prompt;
  /** Stop texts of the Reasoner. */
  readonly reasonerStops: readonly string[];
  /**
   * The final answer in a Reasoner's text; null when the text has none.
   *
   * @param origin how the text ended, and whether it began inside a thought. Default: a finished
   * text that began outside
   */
  parseAnswer(text: string, task: Task, origin?: AttemptOrigin): string | null;
  /** The text that `parseAnswer` reads as the gold answer. */
  answerText(task: Task): string;
}
