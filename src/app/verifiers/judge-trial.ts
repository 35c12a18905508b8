import { masterKeys, PROBES } from "../../core/truth/judge-trial.js";
import { EXIT, SpiceError } from "../errors.js";
import type { AnswerJudge } from "../ports/verifiers.js";

/**
 * Tests a judge before its verdicts may change a reward. The judge must refuse every text of the
 * test that is no answer, and accept the right answers. A question without a reply counts as
 * failed.
 *
 * @returns number of questions
 * @throws SpiceError `JUDGE_FOOLED`, `JUDGE_USELESS` or `JUDGE_UNAVAILABLE` (exit 4, 4, 3)
 */
export async function requireSoundJudge(judge: AnswerJudge, signal: AbortSignal): Promise<number> {
  const trials = PROBES.flatMap((probe) => [
    { ...probe, answer: probe.gold, right: true },
    ...masterKeys(probe).map((answer) => ({ ...probe, answer, right: false })),
  ]);
  const ask = async (trial: (typeof trials)[number]) => {
    const { question, gold, answer } = trial;
    const opinion = await judge.assess({ question, gold, answer }, signal);
    if (opinion.kind === "infrastructure") throw unavailable(opinion.detail);
    return { trial, accepted: opinion.verdict === "correct" };
  };
  // The first question is sent alone. It shows whether the endpoint answers, before a hundred
  // requests wait for it.
  const [first, ...rest] = trials;
  const outcomes = first === undefined ? [] : [await ask(first), ...(await Promise.all(rest.map(ask)))];
  const fooled: string[] = [];
  for (const { trial, accepted } of outcomes) {
    if (accepted && !trial.right) fooled.push(trial.answer);
    if (!accepted && trial.right) throw useless(trial.gold);
  }
  if (fooled.length > 0) throw gullible(fooled, trials.length - PROBES.length);
  return trials.length;
}

const WHERE = "verification.judge";

function gullible(fooled: readonly string[], tried: number): SpiceError {
  const shown = [...new Set(fooled)].slice(0, 3).map((text) => JSON.stringify(text));
  return new SpiceError(
    `The judge took ${fooled.length} of ${tried} empty answers for right ones, for example ${shown.join(", ")}.`,
    {
      code: "JUDGE_FOOLED",
      boundary: "verification",
      where: WHERE,
      hint: "It would reward them in training. Choose another model, or set verification.judge.mode to doubt.",
      exit: EXIT.guard,
    },
  );
}

function useless(gold: string): SpiceError {
  return new SpiceError(`The judge refused the right answer ${JSON.stringify(gold)}, word for word.`, {
    code: "JUDGE_USELESS",
    boundary: "verification",
    where: WHERE,
    hint: "Choose another model, or switch the judge off.",
    exit: EXIT.guard,
  });
}

function unavailable(detail: string): SpiceError {
  return new SpiceError(`The judge could not be tested: ${detail}.`, {
    code: "JUDGE_UNAVAILABLE",
    boundary: "verification",
    where: `${WHERE}.baseUrl`,
    hint: "Start its server, or correct verification.judge.",
    exit: EXIT.environment,
  });
}
