/**
 * What follows the reasoning block (`<think>...</think>`). The whole text when there is none; null when a
 * block was opened and never closed, because then the visible answer was never reached.
 */
export function afterReasoning(text: string): string | null {
  const close = text.lastIndexOf("</think>");
  const visible = close < 0 ? text : text.slice(close + "</think>".length);
  return visible.includes("<think>") ? null : visible;
}
