import type { Segment } from "../../records/document.js";
import type { Prompt } from "../../records/prompt.js";

/**
 * The document, an empty line, then the request. All prompts about a document share this beginning,
 * so it is computed once.
 */
export function documentFirst(segment: Segment, request: string): Prompt {
  return { kind: "text", text: `${segment.text}\n\n${request}` };
}
