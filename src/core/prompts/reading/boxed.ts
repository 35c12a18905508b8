import { squeeze } from "../../text/normalize.js";
import { afterReasoning, type ThoughtAtStart } from "./reasoning.js";

/** A box with braces, a box with one bare value (`\boxed4`), an escaped sign, or a brace. */
const PART =
  /\\(?:boxed|fbox)\s*(?:(\{)|([-+\u2212]?\d+(?:[.,]\d+)*|[A-Z])(?![\p{L}\p{N}]))|\\\\(?!boxed|fbox)|\\[{}]|[{}]/gu;

/** What may stand between two boxes of one statement: `\boxed{A} or \boxed{B}`. */
const BETWEEN = /^(?:[\s,;/|$&*.]|\\(?:text|quad|lor|vee|,|;)|[{}]|\b(?:or|and|maybe|possibly|perhaps)\b)*$/i;

/** Spacing of LaTeX and signs that hold a place: a box with nothing else says nothing. */
const NOTHING = /^(?:[\s{}$.\u2026_~]|\\(?:[ ,;:!]|quad|qquad|dots|ldots|cdots|hspace|text|mathrm|_))*$/;

interface Box {
  /** Place of the content. */
  readonly from: number;
  readonly to: number;
  /** Place of the whole box. */
  readonly start: number;
  readonly end: number;
}

/**
 * The final answer in `\boxed{...}`: the content of the last box that says something, outside of
 * thoughts. `\boxed {4}`, `\boxed4` and `\fbox{4}` are boxes too. An empty box says nothing. In a
 * box with a box inside, the inner box counts. A `\text{...}` around the whole answer is removed.
 *
 * Null without such a box. Null when a thought or a box is not closed. Null when different boxes
 * stand side by side (`\boxed{A} or \boxed{B}`), because these are several answers.
 *
 * @param start `opened` when the prompt opened a thought. Default: `none`
 */
export function boxedAnswer(text: string, start: ThoughtAtStart = "none"): string | null {
  const visible = afterReasoning(text, start);
  if (visible === null) return null;
  const boxes = boxesOf(visible);
  if (boxes === null) return null;
  let answer: string | null = null;
  let next: Box | null = null;
  for (const box of boxes.reverse()) {
    const content = visible.slice(box.from, box.to);
    if (NOTHING.test(content)) continue;
    if (next !== null && !BETWEEN.test(visible.slice(box.end, next.start))) break;
    const said = unwrap(squeeze(content));
    answer ??= said;
    if (answer !== said) return null;
    next = box;
  }
  return answer;
}

/** The boxes without a box inside, in order; null when a box is not closed. */
function boxesOf(text: string): Box[] | null {
  const boxes: Box[] = [];
  // Open braces inside the outermost open box. A box has its start, any other brace has null.
  const open: ({ readonly start: number; readonly from: number; readonly before: number } | null)[] = [];
  for (const match of text.matchAll(PART)) {
    const [whole, brace, bare] = match;
    const end = match.index + whole.length;
    if (brace !== undefined) {
      open.push({ start: match.index, from: end, before: boxes.length });
    } else if (bare !== undefined) {
      boxes.push({ start: match.index, from: end - bare.length, to: end, end });
    } else if (whole === "{") {
      if (open.length > 0) open.push(null);
    } else if (whole === "}") {
      const closed = open.pop() ?? null;
      if (closed !== null && closed.before === boxes.length)
        boxes.push({ start: closed.start, from: closed.from, to: match.index, end });
    }
  }
  return open.length > 0 ? null : boxes;
}

function unwrap(content: string): string {
  return (
    /^\\(?:text|mathrm|textbf|mathbf|textnormal|textrm|mbox)\s*\{([^{}]*)\}$/.exec(content)?.[1]?.trim() ??
    content
  );
}
