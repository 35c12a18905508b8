/**
 * Whether a text begins inside a thought: the chat template wrote the opening tag in the prompt.
 */
export type ThoughtAtStart = "none" | "opened";

/** The tags that begin a thought, as chat templates and models write them. */
export const THOUGHT_OPENINGS: readonly string[] = ["<think>", "<thinking>"];

const OPEN = /<think(?:ing)?>/i;
const CLOSE = /<\/think(?:ing)?>/gi;

/**
 * The text after the last thought (`<think>...</think>`); the whole text without a thought. Null
 * when a thought was opened and not closed, because the text then ended before its answer.
 *
 * @param start `opened` when the prompt ends with the opening tag. Default: `none`
 */
export function afterReasoning(text: string, start: ThoughtAtStart = "none"): string | null {
  const last = [...text.matchAll(CLOSE)].at(-1);
  if (last === undefined && start === "opened") return null;
  const visible = last === undefined ? text : text.slice(last.index + last[0].length);
  return OPEN.test(visible) ? null : visible;
}
