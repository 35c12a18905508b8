import type { Segment } from "../../records/document.js";
import type { Prompt } from "../../records/prompt.js";

/** One user turn under the generic assistant system message (SPICE Fig. 8 for chat models). */
export function conversation(user: string): Prompt {
  return {
    kind: "chat",
    messages: [
      { role: "system", content: "You are a helpful assistant." },
      { role: "user", content: user },
    ],
  };
}

/**
 * The document between markers, in the user's turn and never in the system's: it is material, not
 * instruction. A closing marker inside the text is broken up so that the document cannot end its own block.
 */
export function fencedDocument(segment: Segment): string {
  return `<document>\n${segment.text.replaceAll("</document>", "< /document>")}\n</document>`;
}
