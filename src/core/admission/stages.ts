import type { Refusal } from "../records/task.js";

/**
 * Where a proposal can die, in the order it is looked at: the engine lost it, it cannot be read, a pure check refused it, the run's
 * memory knows it, an attempt of the model spoke against it.
 */
export const REFUSAL_STAGES = ["engine", "form", "checks", "memory", "model"] as const;

export type RefusalStage = (typeof REFUSAL_STAGES)[number];

const FORM: ReadonlySet<Refusal> = new Set([
  "truncated",
  "unparsable",
  "missing_field",
  "bad_type",
  "too_long",
]);
const MEMORY: ReadonlySet<Refusal> = new Set(["duplicate", "same_fact", "near_duplicate", "over_cap"]);
const MODEL: ReadonlySet<Refusal> = new Set(["guessable", "open_book_failed", "paraphrase_failed"]);

/** The stage that a reason code belongs to; one that is in no list is a pure check. */
export function stageOf(refusal: Refusal): RefusalStage {
  if (refusal === "infrastructure") return "engine";
  if (FORM.has(refusal)) return "form";
  if (MEMORY.has(refusal)) return "memory";
  return MODEL.has(refusal) ? "model" : "checks";
}
