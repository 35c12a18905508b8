import { graderCommand } from "../../adapters/grader/command.js";
import { openGraderPool } from "../../adapters/grader/pool.js";
import { catalogEntry } from "../../adapters/install/catalog.js";
import { environmentPaths, readMarker } from "../../adapters/install/environments.js";
import { ChatJudge } from "../../adapters/judge/chat-judge.js";
import { trainerSource } from "../../adapters/python/source.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { TrainDeps } from "../../app/training/train-deps.js";
import { requireSoundJudge } from "../../app/verifiers/judge-trial.js";
import type { Experiment, JudgeConfig } from "../../core/experiment/experiment.js";
import { counted } from "../../core/text/counted.js";
import type { Output } from "../terminal/output.js";

/** The verifiers beside the rules. Disposing ends their processes. */
export interface ComposedOpinions extends AsyncDisposable {
  readonly opinions: Pick<TrainDeps, "secondOpinion" | "judge">;
}

/**
 * Start the verifiers that `verification` names. A judge in the mode `rescue` is tested at each
 * start.
 *
 * @throws SpiceError `GRADER_NOT_INSTALLED`, `GRADER_START`, `JUDGE_KEY_MISSING` (exit 3), or of
 *   the judge's test
 */
export async function composeOpinions(
  { verification }: Experiment,
  output: Output,
  signal: AbortSignal,
): Promise<ComposedOpinions> {
  const judge = openJudge(verification.judge);
  if (judge !== null && verification.judge.mode === "rescue") {
    const asked = await requireSoundJudge(judge, signal);
    output.detail(`The judge passed its test: ${counted(asked, "question")}, not fooled once.`);
  }
  const { mode, workers, timeoutMs } = verification.secondOpinion;
  const pool =
    mode === "off" ? null : await openGraderPool({ command: await grader(), workers, timeoutMs }, signal);
  return {
    opinions: {
      ...(pool === null ? {} : { secondOpinion: pool }),
      ...(judge === null ? {} : { judge }),
    },
    [Symbol.asyncDispose]: async () => pool?.[Symbol.asyncDispose](),
  };
}

/**
 * How math-verify is started: the environment `grader`, or the interpreter that
 * `$SPICE_GRADER_PYTHON` names.
 */
async function grader() {
  const { root } = await trainerSource();
  const chosen = process.env["SPICE_GRADER_PYTHON"];
  if (chosen) return graderCommand(chosen, root);
  const paths = await environmentPaths(root, catalogEntry("grader"), process.env);
  if ((await readMarker(paths)) !== null) return graderCommand(paths.python, root);
  throw new SpiceError("The second opinion is on, but math-verify is not installed.", {
    code: "GRADER_NOT_INSTALLED",
    boundary: "install",
    where: "verification.secondOpinion.mode",
    hint: "Run `spice trainer install grader`, or set verification.secondOpinion.mode to off.",
    exit: EXIT.environment,
  });
}

function openJudge({ mode, baseUrl, model, ...config }: JudgeConfig): ChatJudge | null {
  if (mode === "off" || baseUrl === null || model === null) return null;
  const { keyVariable, timeoutMs, concurrency } = config;
  const key = keyVariable === null ? null : process.env[keyVariable]?.trim() || null;
  if (keyVariable === null || key !== null)
    return new ChatJudge({ baseUrl, model, key, timeoutMs, concurrency });
  throw new SpiceError(`The judge's key is missing: the variable ${keyVariable} is not set.`, {
    code: "JUDGE_KEY_MISSING",
    boundary: "verification",
    where: "verification.judge.keyVariable",
    hint: "Set it, or set verification.judge.keyVariable to null for a server that needs no key.",
    exit: EXIT.environment,
  });
}
