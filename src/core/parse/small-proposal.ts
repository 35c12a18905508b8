import type { ParseResult, TaskFormat } from "../task.js";
import { toCandidate } from "./fields.js";
import { readLines } from "./lines.js";
import { MAX_TEXT } from "./limits.js";
import { refuse } from "./refuse.js";

/** What separates the options on their line. */
export const OPTION_SEPARATOR = "; ";

/**
 * Reads a proposal of the `small` prompts: the lines `Question:`, for multiple choice `Options:` with the options between semicolons,
 * and `Answer:`, in that order and nothing else.
 */
export function parseSmallProposal(text: string, format: TaskFormat, finished: boolean): ParseResult {
  if (!finished) return refuse("truncated", "The generation hit its token limit before it ended.");
  if (text.length > MAX_TEXT) return refuse("too_long", `The generation has ${text.length} characters; ${MAX_TEXT} are allowed.`);
  const mcq = format.kind === "mcq";
  const labels = mcq ? ["Question", "Options", "Answer"] : ["Question", "Answer"];
  const lines = readLines(text, labels);
  if (lines === null) return refuse("unparsable", `The generation is not the lines ${labels.map((label) => `${label}:`).join(" ")} in order.`);
  const options = (lines.get("options") ?? "").split(";").map((option) => option.trim());
  return toCandidate({
    question: lines.get("question") ?? "",
    answer: lines.get("answer") ?? "",
    answerType: format.kind === "mcq" ? "mcq" : format.answerType,
    options: mcq ? options : [],
    quotes: [],
  });
}
