import { allowedByLuck } from "../../core/admission/guessing.js";
import { maskSubject } from "../../core/admission/question/masking.js";
import { keyed } from "../../core/random/rng.js";
import type { Segment } from "../../core/records/document.js";
import type { Attempt, ModelCheckName, ModelCheckRecord } from "../../core/records/episode.js";
import type { AdmissionConfig } from "../../core/records/experiment.js";
import type { Refusal, Task } from "../../core/records/task.js";
import { checkAttempts } from "./attempts.js";
import type { StepContext } from "./step-context.js";

/** What the checks that spend rollouts found on a task. */
export interface ModelFindings {
  readonly openBook: readonly Attempt[];
  readonly modelChecks: readonly ModelCheckRecord[];
  /** Null when no check with severity `refuse` failed. */
  readonly refusal: Refusal | null;
  readonly detail: string;
}

/** A check as it is run: its attempts, what they must show, and what to say when they do not. */
interface CheckRun {
  readonly name: ModelCheckName | "open_book";
  readonly severity: "count" | "refuse";
  readonly refusal: Refusal;
  /** Bounds on the attempts that reach the gold, of those asked for. */
  readonly least: number;
  readonly most: number;
  readonly attempts: () => Promise<readonly Attempt[]>;
  readonly says: (right: number, of: number) => string;
}

/**
 * The checks of admission that spend rollouts, cheapest first: the guess checks have prompts
 * without a document. The first that refuses is the reason, and nothing is spent after it.
 *
 * @param enough aborted once no check that still runs can matter
 * @returns null when it was cut short by `enough`
 */
export async function checkWithModel(
  context: StepContext,
  segment: Segment,
  task: Task,
  enough: AbortSignal,
): Promise<ModelFindings | null> {
  let openBook: readonly Attempt[] = [];
  const modelChecks: ModelCheckRecord[] = [];
  for (const run of checksOf(context, segment, task, enough)) {
    const attempts = await run.attempts();
    if (enough.aborted) return null;
    const right = attempts.filter((one) => one.verdict === "correct").length;
    const lost = attempts.filter((one) => one.verdict === "infrastructure").length;
    // Attempts that the engine lost might have been right or wrong: that is no verdict about the
    // task.
    const failed = right > run.most || right + lost < run.least;
    const passed = right >= run.least && right + lost <= run.most;
    const outcome = failed ? "failed" : passed ? "passed" : "undecided";
    if (run.name === "open_book") openBook = attempts;
    else modelChecks.push({ check: run.name, right, outcome, attempts });
    if (outcome === "passed" || run.severity === "count") continue;
    return {
      openBook,
      modelChecks,
      refusal: failed ? run.refusal : "infrastructure",
      detail: run.says(right, attempts.length),
    };
  }
  return { openBook, modelChecks, refusal: null, detail: "" };
}

function checksOf(
  context: StepContext,
  segment: Segment,
  task: Task,
  enough: AbortSignal,
): readonly CheckRun[] {
  const { admission, seed } = context.experiment;
  const { family, step } = context;
  const isChoice = task.answerType === "mcq";
  const masked = isChoice ? null : maskSubject(task.question, segment.document.subject);
  const draw = (name: keyof PickedChecks, purpose: string, prompt = family.blind(task)) =>
    checkAttempts(context, { prompt, task, purpose, ...admission[name], from: 0, enough });
  const runs: (CheckRun | null)[] = [
    isChoice
      ? guess("optionsOnly", "options_only", async () => {
          const sets = Array.from({ length: admission.optionsOnly.attempts }, (_, index) => {
            const rng = keyed(seed, step, task.segmentId, "options-only", task.id, index, "order");
            // A new order each time: a habit of taking the first option must not look like knowing.
            const shown = { ...task, shuffled: rng.shuffle(task.shuffled) };
            const { temperature } = admission.optionsOnly;
            return checkAttempts(context, {
              ...{ prompt: family.optionsOnly(shown), task: shown, purpose: "options-only", temperature },
              ...{ from: index, attempts: 1, enough },
            });
          });
          return (await Promise.all(sets)).flat();
        })
      : null,
    masked === null
      ? null
      : guess("subjectBlind", "subject_blind", () =>
          draw("subjectBlind", "subject-blind", family.blind({ ...task, question: masked })),
        ),
    agreement("openBook", "open_book", "open_book_failed", "With the document", () =>
      draw("openBook", "open-book", family.openBook(segment, task)),
    ),
    agreement(
      "paraphrase",
      "paraphrase",
      "paraphrase_failed",
      "Asked in other words, with the document",
      () => draw("paraphrase", "paraphrase", family.reworded(segment, task)),
    ),
  ];
  return runs.filter((run) => run !== null);

  function guess(
    name: "optionsOnly" | "subjectBlind",
    check: ModelCheckName,
    attempts: CheckRun["attempts"],
  ): CheckRun | null {
    const { attempts: count, allowed, severity } = admission[name];
    if (count === 0) return null;
    const most = allowed ?? allowedByLuck(count);
    const without = name === "optionsOnly" ? "its question" : "its subject";
    return {
      ...{ name: check, severity, refusal: "guessable", least: 0, most, attempts },
      says: (right, of) =>
        `Without ${without}, ${right} of ${of} attempts reached the gold; ${most} are allowed.`,
    };
  }

  function agreement(
    name: "openBook" | "paraphrase",
    check: CheckRun["name"],
    refusal: Refusal,
    when: string,
    attempts: CheckRun["attempts"],
  ): CheckRun | null {
    const { attempts: count, required, severity } = admission[name];
    if (count === 0) return null;
    return {
      ...{ name: check, severity, refusal, least: required, most: count, attempts },
      says: (right, of) => `${when}, ${right} of ${of} attempts reached the gold; ${required} are required.`,
    };
  }
}

type PickedChecks = Pick<AdmissionConfig, "subjectBlind" | "openBook" | "paraphrase">;
