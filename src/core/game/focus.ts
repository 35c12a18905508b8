import { passages } from "../corpus/passages.js";
import type { Rng } from "../random/rng.js";
import type { Segment } from "../records/document.js";
import type { Span } from "../text/spans.js";

/**
 * Picks one passage of a segment. Every passage has the same probability. All questions about the
 * segment must ask about this passage. Null when the segment has no passage.
 */
export function pickFocus(segment: Segment, rng: Rng): Span | null {
  const all = passages(segment);
  return all.length === 0 ? null : rng.pick(all);
}
