import type { Prompt } from "../chat.js";
import type { Segment } from "../document.js";
import type { TaskFormat } from "../task.js";
import { documentFirst } from "./small-common.js";

/** One short request after the document; the model continues after `Question:`. */
export function smallChallenger(segment: Segment, format: TaskFormat): Prompt {
  const wanted = format.kind === "mcq" ? "its answer and three wrong answers" : "its answer";
  const joint = format.kind === "mcq" ? "," : " and";
  return documentFirst(segment, `Write a short question about this text${joint} ${wanted}.\nQuestion:`);
}
