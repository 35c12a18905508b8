import { MODEL_CHECKS } from "../../core/admission/checks.js";
import { demandOf, outcomeOf } from "../../core/admission/model/demand.js";
import { maskSubject } from "../../core/admission/question/masking.js";
import { keyed } from "../../core/random/rng.js";
import type { Segment } from "../../core/records/document.js";
import type { Attempt, ModelCheckRecord } from "../../core/records/episode.js";
import type { Prompt } from "../../core/records/prompt.js";
import type { Refusal, Task } from "../../core/records/task.js";
import { counted } from "../../core/text/counted.js";
import { checkAttempts } from "./attempts.js";
import type { StepContext } from "./step-context.js";

/** The results of the model checks on one task. A model check asks the Reasoner. */
export interface ModelFindings {
  readonly openBook: readonly Attempt[];
  readonly modelChecks: readonly ModelCheckRecord[];
  /** Null when no check with severity `refuse` failed. */
  readonly refusal: Refusal | null;
  readonly detail: string;
}

/** Attempts that a model check asks for. */
interface Question {
  readonly prompt: Prompt;
  /** The task, with its options in the order that the Reasoner sees. */
  readonly task: Task;
  /** Index of the first attempt. */
  readonly from: number;
  readonly attempts: number;
}

type CheckName = (typeof MODEL_CHECKS)[number]["setting"];

/** How a model check asks the Reasoner. */
interface Asking {
  /**
   * Part of the key of every random choice of the check. Another value would give other samples,
   * and a recorded run could not be repeated. So the value never changes.
   */
  readonly purpose: string;
  /** The attempts that the check asks for; null when the check does not apply to the task. */
  readonly questions: (
    context: StepContext,
    segment: Segment,
    task: Task,
    attempts: number,
  ) => readonly Question[] | null;
}

/**
 * The attempts that each check asks for. `core/admission/model` says at least how many attempts
 * must reach the gold, or at most how many may reach it.
 */
const ASKING: Readonly<Record<CheckName, Asking>> = {
  optionsOnly: {
    purpose: "options-only",
    questions: ({ experiment, family, step }, _, task, attempts) => {
      if (task.answerType !== "mcq") return null;
      return Array.from({ length: attempts }, (_none, index) => {
        const rng = keyed(experiment.seed, step, task.segmentId, "options-only", task.id, index, "order");
        // Each attempt has its own order of the options. A Reasoner that always takes the first
        // option then reaches the gold by chance only.
        const shown = { ...task, shuffled: rng.shuffle(task.shuffled) };
        return { prompt: family.optionsOnly(shown), task: shown, from: index, attempts: 1 };
      });
    },
  },
  subjectBlind: {
    purpose: "subject-blind",
    questions: ({ family }, segment, task, attempts) => {
      const masked = task.answerType === "mcq" ? null : maskSubject(task.question, segment.document.subject);
      if (masked === null) return null;
      return [{ prompt: family.blind({ ...task, question: masked }), task, from: 0, attempts }];
    },
  },
  openBook: {
    purpose: "open-book",
    questions: ({ family }, segment, task, attempts) => [
      { prompt: family.openBook(segment, task), task, from: 0, attempts },
    ],
  },
  paraphrase: {
    purpose: "paraphrase",
    questions: ({ family }, segment, task, attempts) => [
      { prompt: family.reworded(segment, task), task, from: 0, attempts },
    ],
  },
};

/**
 * Runs the model checks on one task. They run in the order of `MODEL_CHECKS`, the cheapest check
 * first. The first check that refuses gives the reason. The checks after it do not run.
 *
 * @param enough aborted when the document has enough proposals: no result is then needed
 * @returns null when `enough` was aborted before the checks ended
 */
export async function checkWithModel(
  context: StepContext,
  segment: Segment,
  task: Task,
  enough: AbortSignal,
): Promise<ModelFindings | null> {
  let openBook: readonly Attempt[] = [];
  const modelChecks: ModelCheckRecord[] = [];
  for (const { setting, record, codes, given } of MODEL_CHECKS) {
    const settings = context.experiment.admission[setting];
    if (settings.attempts === 0) continue;
    const { purpose, questions } = ASKING[setting];
    const asked = questions(context, segment, task, settings.attempts);
    if (asked === null) continue;
    const sets = await Promise.all(
      asked.map((question) =>
        checkAttempts(context, { ...question, purpose, temperature: settings.temperature, enough }),
      ),
    );
    if (enough.aborted) return null;
    const attempts = sets.flat();
    const right = attempts.filter((one) => one.verdict === "correct").length;
    const lost = attempts.filter((one) => one.verdict === "infrastructure").length;
    const demand = demandOf(settings);
    const outcome = outcomeOf(demand, right, lost);
    if (record === "open_book") openBook = attempts;
    else modelChecks.push({ check: record, right, outcome, attempts });
    if (outcome === "passed" || settings.severity === "count") continue;
    const [code] = Object.keys(codes);
    return {
      openBook,
      modelChecks,
      // With the outcome `undecided`, the lost attempts could change the outcome. So the code is
      // `infrastructure`.
      refusal: outcome === "failed" && code !== undefined ? code : "infrastructure",
      detail: `${given}, ${right} of ${counted(attempts.length, "attempt")} reached the gold; ${demand.bound}.`,
    };
  }
  return { openBook, modelChecks, refusal: null, detail: "" };
}
