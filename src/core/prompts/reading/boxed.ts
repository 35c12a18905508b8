import { squeeze } from "../../text/normalize.js";
import { afterReasoning } from "./reasoning.js";

const OPEN = "\\boxed{";

/**
 * The final answer in `\boxed{...}`. Several boxes must have the same text; otherwise the result is
 * null. The result is also null without a closed box. A `\text{...}` around the whole answer is
 * removed.
 */
export function boxedAnswer(text: string): string | null {
  const visible = afterReasoning(text);
  if (visible === null) return null;
  const contents = new Set<string>();
  for (let at = visible.indexOf(OPEN); at >= 0; at = visible.indexOf(OPEN, at + OPEN.length)) {
    const content = balanced(visible, at + OPEN.length);
    if (content === null) return null;
    contents.add(unwrap(squeeze(content)));
    // A second, different box decides the result. Hostile texts with many boxes stop here.
    if (contents.size > 1) return null;
  }
  const [only] = contents;
  return only === undefined || only === "" ? null : only;
}

/** The content up to the brace that closes the open one; null when no brace closes it. */
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
