import type { Segment } from "../../records/document.js";
import type { Prompt } from "../../records/prompt.js";

/**
 * One user message after the generic system message of an assistant (SPICE Fig. 8, chat models).
 */
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
 * The document between markers, in the user message and never in the system message, because a
 * document is material and not an instruction. A closing marker inside the text is changed, so that
 * a document cannot end its own block.
 */
export function fencedDocument(segment: Segment): string {
  return `<document>\n${segment.text.replaceAll("</document>", "< /document>")}\n</document>`;
}
