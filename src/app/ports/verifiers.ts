import type { AnswerType } from "../../core/records/answer.js";
import type { Opinion } from "../../core/truth/opinion.js";

/** An answer, and the gold answer that it is compared with. */
export interface AnswerPair {
  readonly type: AnswerType;
  readonly gold: string;
  readonly answer: string;
}

/** A second verifier in processes of its own. Disposing ends the processes. */
export interface SecondOpinion extends AsyncDisposable {
  /** Compares a pair. Rejects only when the signal is aborted: a failure is an `Opinion` too. */
  check(pair: AnswerPair, signal: AbortSignal): Promise<Opinion>;
}

/** What the judge sees. It does not see who wrote the answer or how. */
export interface ComparedTexts {
  readonly question: string;
  readonly gold: string;
  readonly answer: string;
}

/** A language model that compares an answer with the gold answer. */
export interface AnswerJudge {
  /** Compares two texts. Rejects only when the signal is aborted: a failure is an `Opinion` too. */
  assess(text: ComparedTexts, signal: AbortSignal): Promise<Opinion>;
}
