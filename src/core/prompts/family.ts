import type { Segment } from "../records/document.js";
import type { Prompt } from "../records/prompt.js";
import type { Candidate, ParseResult, Task, TaskFormat } from "../records/task.js";
import type { Span } from "../text/spans.js";

/**
 * How the two roles are asked and how their texts are read: prompts and parsers of one style, versioned
 * together.
 */
export interface PromptFamily {
  /** `<name>/<version>`; recorded with every episode. Any change of wording or parsing raises the version. */
  readonly id: string;
  /**
   * Asks the model which format suits the document; null when the family leaves that to the configured mix.
   */
  formatSelection(segment: Segment): Prompt | null;
  /** Reads the answer to `formatSelection`; null when it cannot be read. */
  parseFormat(text: string): TaskFormat | null;
  /**
   * The Challenger's prompt. All proposals for a document share it.
   *
   * @param focus the passage that the question must be about; null for any. Families without a place for it ignore it: the
   * configuration refuses that combination
   */
  challenger(segment: Segment, format: TaskFormat, focus: Span | null): Prompt;
  /** @param finished false when the generation stopped at its token limit */
  parseProposal(text: string, format: TaskFormat, finished: boolean): ParseResult;
  /** The text that `parseProposal` reads as this candidate: what a supervised example teaches. */
  proposalText(candidate: Candidate): string;
  /** Strings at which a Challenger generation is complete. */
  readonly challengerStops: readonly string[];
  /**
   * The Reasoner's prompt with the document in hand: the check that the gold can be reached from the text.
   */
  openBook(segment: Segment, task: Task): Prompt;
  /** The same request in other words: does the document give the same answer when it is asked differently? */
  reworded(segment: Segment, task: Task): Prompt;
  /** The options of a multiple-choice task and nothing else: can the right one be told by its looks? */
  optionsOnly(task: Task): Prompt;
  /** The Reasoner's prompt: the question alone. */
  blind(task: Task): Prompt;
  /** Strings at which a Reasoner generation is complete. */
  readonly reasonerStops: readonly string[];
  /** The final answer in a Reasoner's text; null when there is not exactly one. */
  parseAnswer(text: string, task: Task): string | null;
  /** The text that `parseAnswer` reads as the gold answer. */
  answerText(task: Task): string;
}
