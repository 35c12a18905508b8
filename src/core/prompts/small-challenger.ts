import type { Prompt } from "../chat.js";
import type { Segment } from "../document.js";
import type { TaskFormat } from "../task.js";
import { documentFirst } from "./small-common.js";

/** One short request after the document. */
export function smallChallenger(segment: Segment, format: TaskFormat): Prompt {
  return documentFirst(segment, format.kind === "mcq" ? "Write a question with four options." : "Write a question.");
}
