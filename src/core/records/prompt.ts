/**
 * One message of a conversation. The trainer renders the conversation with the model's own
 * template.
 */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** A prompt: a conversation, or raw text for models that are used without a chat template. */
export type Prompt =
  | { readonly kind: "chat"; readonly messages: readonly ChatMessage[] }
  | { readonly kind: "text"; readonly text: string };
