import type { Segment } from "../../records/document.js";
import type { Prompt } from "../../records/prompt.js";
import type { TaskFormat } from "../../records/task.js";
import { lastJsonObject } from "../reading/json.js";
import { conversation, fencedDocument } from "./common.js";

/**
 * Format selection (SPICE appendix E, Fig. 9, in our own words): the model reads the document and
 * picks the format that fits it.
 */
export function paperFormatSelection(segment: Segment): Prompt {
  return conversation(`You decide what kind of exam question suits a document.

${fencedDocument(segment)}

Choose exactly one of two formats.
1. Multiple choice suits a document whose facts relate to each other in ways that allow three wrong options
   as plausible as the right one.
2. Free form suits a document that supports one short, exact answer:
   - Integer, when the answer can be calculated as a whole number;
   - Expression, when the answer is a formula or an exact value such as a fraction;
   - String, when the answer is a precise term or name of one to three words.

Reply with one JSON object and nothing else:
{
  "suitable_for_mcq": true or false,
  "suitable_for_free_form": true or false,
  "best_answer_type": "Integer", "Expression", "String" or null,
  "reason": "under 100 characters"
}
Exactly one of the first two values is true. best_answer_type is null for multiple choice.`);
}

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
