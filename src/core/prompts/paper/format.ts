import type { TaskFormat } from "../../records/task.js";
import { lastJsonObject } from "../reading/json.js";

const TYPES = { integer: "integer", expression: "expression", string: "string" } as const;

/**
 * Reads the selected format; null unless exactly one format is selected and, for a free answer, its
 * type is known.
 */
export function parsePaperFormat(text: string): TaskFormat | null {
  const object = lastJsonObject(text);
  if (object === null) return null;
  const mcq = object["suitable_for_mcq"];
  const free = object["suitable_for_free_form"];
  if (typeof mcq !== "boolean" || typeof free !== "boolean" || mcq === free) return null;
  if (mcq) return { kind: "mcq" };
  const name = object["best_answer_type"];
  if (typeof name !== "string") return null;
  const key = name.trim().toLowerCase();
  return key in TYPES ? { kind: "free", answerType: TYPES[key as keyof typeof TYPES] } : null;
}
