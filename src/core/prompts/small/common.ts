import type { Segment } from "../../records/document.js";
import type { Prompt } from "../../records/prompt.js";

/**
 * The document, an empty line, then the request: every prompt about a document shares its prefix, so it is
 * computed once.
 */
export function documentFirst(segment: Segment, request: string): Prompt {
  return { kind: "text", text: `${segment.text}\n\n${request}` };
}
