import { passages } from "../corpus/passages.js";
import type { Rng } from "../random/rng.js";
import type { Segment } from "../records/document.js";
import type { Span } from "../text/spans.js";

/**
 * Picks the passage that the questions of this document must be about, uniformly; null when the
 * document has no passage.
 */
export function pickFocus(segment: Segment, rng: Rng): Span | null {
  const all = passages(segment);
  return all.length === 0 ? null : rng.pick(all);
}
