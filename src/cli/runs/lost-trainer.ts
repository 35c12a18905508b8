import { join } from "node:path";
import type { SpiceError } from "../../app/errors.js";
import { knownSecrets, redact } from "../../core/runs/redaction.js";
import type { RunAttempt } from "./attempt.js";
import { lastLines } from "./log-lines.js";

/** Most lines of the log that are shown. */
const SHOWN_LINES = 12;

/** What is known of a run when its trainer is started again. */
type Lost = Pick<RunAttempt, "experiment"> & {
  readonly store: Pick<RunAttempt["store"], "committed" | "mark" | "checkpoints" | "staged">;
};

/** Why a trainer was lost: the error, the last lines of its log, and the path of the log. */
export async function causeOfLoss(
  { message, code }: Pick<SpiceError, "message" | "code">,
  { experiment, store }: Pick<RunAttempt, "experiment"> & { readonly store: { readonly logs: string } },
): Promise<string> {
  const said = `The trainer was lost (${code}). ${redact(message, knownSecrets(process.env))}`;
  // A trainer that runs already writes its log elsewhere.
  if (experiment.trainer.address !== null) return said;
  const path = join(store.logs, "trainer.log");
  const lines = await lastLines(path, SHOWN_LINES);
  const last = lines.at(-1);
  // Some messages quote the log already.
  const quoted =
    last === undefined || message.includes(last) ? [] : ["Its log ends with:", ...indented(lines)];
  return [said, ...quoted, `  log  ${path}`].join("\n");
}

/**
 * Where a run goes on after its trainer is started again, one fact a sentence.
 *
 * @param restart number of this start in a row without a committed step, from 1
 */
export async function whereItGoesOn({ experiment, store }: Lost, restart: number): Promise<string> {
  const { committed } = store;
  const [newest] = await store.checkpoints();
  const from = newest?.step ?? 0;
  const again =
    newest !== undefined
      ? `The weights are loaded from the checkpoint of ${from === 0 ? "the warm start" : `step ${from}`}.`
      : experiment.warmup.enabled
        ? "There is no checkpoint, so the warm start begins again."
        : "There is no checkpoint, so the run begins with the base model.";
  const first = from + 1;
  const trained =
    committed <= from
      ? []
      : [
          first === committed
            ? `The recorded batch of step ${first} is trained again.`
            : `The recorded batches of the steps ${first} to ${committed} are trained again.`,
        ];
  const step = committed + 1;
  const next =
    step > experiment.steps
      ? []
      : [
          (await store.staged()) === null
            ? `Step ${step} begins again.`
            : `Step ${step} was played already, so its training begins again.`,
        ];
  return [
    `Starting the trainer again: restart ${restart} of at most ${experiment.trainer.maxRestarts} in a row.`,
    again,
    ...trained,
    ...next,
  ].join(" ");
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);
