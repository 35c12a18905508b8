import type { LoadedCheck } from "../../core/admission/own-checks.js";
import type { OwnCheckSetting } from "../../core/admission/settings.js";
import type { CheckResult } from "../../core/checks/check.js";
import type { RewardVariant } from "../../core/game/rewards/variant.js";
import type { RewardInput } from "../../core/own-code/definitions.js";
import type { OwnModule } from "../../core/records/own-code.js";
import type { Task } from "../../core/records/task.js";
import { type OpenModule, type OwnCodeContext, openModule } from "./open-module.js";

/** A module of the user, and what the game calls. */
export type Opened<Part> = OpenModule & { readonly part: Part };

/** Loads the reward of the user. @throws as `openModule` */
export async function openReward(module: OwnModule, context: OwnCodeContext): Promise<Opened<RewardVariant>> {
  const opened = await openModule("reward", "reward.module", module, context);
  const { worker, loaded } = opened;
  const reward: RewardVariant["reward"] = ({ blind, open, task }) => {
    const input: RewardInput = { blind, open, task: shownTask(task) };
    return worker.callNow({ method: "reward", input }) as number;
  };
  return { ...opened, part: { readsOpenBook: loaded.readsOpenBook, reward } };
}

function shownTask(task: Task | undefined): RewardInput["task"] {
  if (task === undefined) throw new Error("a reward of the user is called with the task");
  const { question, answer, answerType, options, quotes, evidence, segmentId } = task;
  return { question, answer, answerType, options, quotes, evidence, segmentId };
}

/** Loads one check of the user. @throws as `openModule` */
export async function openCheck(
  { severity, ...module }: OwnCheckSetting,
  place: number,
  context: OwnCodeContext,
): Promise<Opened<LoadedCheck>> {
  const opened = await openModule("check", `admission.own.${place}`, module, context);
  const { worker, loaded } = opened;
  const run: LoadedCheck["run"] = (input) => worker.callNow({ method: "check", input }) as CheckResult;
  return { ...opened, part: { name: loaded.name, severity, run } };
}
