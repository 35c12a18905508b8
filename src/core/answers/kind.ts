import type { AnswerPolicy, Verdict } from "../records/answer.js";
import { unwrap } from "./surface.js";

/**
 * One answer type: how its texts are read, and how two readings are compared. Both functions never
 * throw and work within fixed bounds. `T` is the meaning of a text of this type.
 */
export interface AnswerKind<T> {
  /**
   * True when `read` gets the text with the typesetting around the whole. `\text{cat}` is a word,
   * and `cat` can be a product.
   */
  readonly typeset?: true;
  /** The meaning of the text; null unless the text is exactly one answer of this type. */
  read(text: string, policy: AnswerPolicy): T | null;
  compare(gold: T, given: T, policy: AnswerPolicy): Verdict;
  /**
   * True when the gold answer can be compared under these rules. Absent: every gold answer that can
   * be read.
   */
  accepts?(gold: T, policy: AnswerPolicy): boolean;
  /**
   * What the reading means, for people, in one line (`spice verify`). Absent: the reading has no
   * form for people.
   */
  describe?(value: T, policy: AnswerPolicy): string;
  /**
   * True when the gold answer is only kept as text and has no meaning that an answer could be
   * compared with. Absent: never.
   */
  isOpaque?(gold: T, policy: AnswerPolicy): boolean;
}

/** The meaning of a text as it was written; null unless it is exactly one answer of this type. */
export function readText<T>(kind: AnswerKind<T>, text: string, policy: AnswerPolicy): T | null {
  return kind.read(kind.typeset === true ? text.trim() : unwrap(text), policy);
}

/** The verdict for equal or different readings. */
export function rightIf(same: boolean): Verdict {
  return same ? "correct" : "wrong";
}
