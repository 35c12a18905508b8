import type { Prompt } from "../../core/records/prompt.js";

/** A prompt as people read it: its text, or each message of a chat after its role. */
export function promptText(prompt: Prompt): string {
  if (prompt.kind === "text") return prompt.text;
  return prompt.messages.map(({ role, content }) => `[${role}]\n${content}`).join("\n");
}

/** A text with a bar before each line, so that it stands apart from what is said about it. */
export const barred = (text: string): string => text.replaceAll(/^/gm, "  │ ");
