import { squeeze } from "../../text/normalize.js";
import { afterReasoning } from "./reasoning.js";

const OPEN = "\\boxed{";

/**
 * The final answer in `\boxed{...}`. Exactly one final answer counts: several boxes must hold the same text,
 * or the answer is null, as it is without any closed box. A `\text{...}` wrapper around the whole answer is
 * taken off.
 */
export function boxedAnswer(text: string): string | null {
  const visible = afterReasoning(text);
  if (visible === null) return null;
  const contents = new Set<string>();
  for (let at = visible.indexOf(OPEN); at >= 0; at = visible.indexOf(OPEN, at + OPEN.length)) {
    const content = balanced(visible, at + OPEN.length);
    if (content === null) return null;
    contents.add(unwrap(squeeze(content)));
    // A second, different box already decides; hostile texts stop here.
    if (contents.size > 1) return null;
  }
  const [only] = contents;
  return only === undefined || only === "" ? null : only;
}

/** Content up to the brace that closes an already opened one; null when it never closes. */
function balanced(text: string, start: number): string | null {
  let depth = 1;
  for (let at = start; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (depth === 0) return text.slice(start, at);
  }
  return null;
}

function unwrap(content: string): string {
  return /^\\(?:text|mathrm|textbf|mathbf)\{([^{}]*)\}$/.exec(content)?.[1]?.trim() ?? content;
}
