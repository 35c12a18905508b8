/**
 * The text after the reasoning block (`<think>...</think>`). The whole text without such a block.
 * Null when a block was opened and not closed, because the completion then ended before its answer.
 */
export function afterReasoning(text: string): string | null {
  const close = text.lastIndexOf("</think>");
  const visible = close < 0 ? text : text.slice(close + "</think>".length);
  return visible.includes("<think>") ? null : visible;
}
