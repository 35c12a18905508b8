import type { AnswerType } from "../../core/records/answer.js";
import type { Opinion } from "../../core/truth/opinion.js";

/** What a second opinion is asked about. */
export interface AnswerPair {
  readonly type: AnswerType;
  readonly gold: string;
  readonly answer: string;
}

/** Another verifier, apart from this process. Disposing ends its processes. */
export interface SecondOpinion extends AsyncDisposable {
  /** Never rejects but for the signal: a failure is an outcome. */
  check(pair: AnswerPair, signal: AbortSignal): Promise<Opinion>;
}

/** What a judge sees: never how the answer came about. */
export interface ComparedTexts {
  readonly question: string;
  readonly gold: string;
  readonly answer: string;
}

/** A language model that compares two texts. */
export interface AnswerJudge {
  /** Never rejects but for the signal: a failure is an outcome. */
  assess(text: ComparedTexts, signal: AbortSignal): Promise<Opinion>;
}
