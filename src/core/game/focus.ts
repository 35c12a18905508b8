import { passages } from "../corpus/passages.js";
import type { Rng } from "../random/rng.js";
import type { Segment } from "../records/document.js";
import type { Span } from "../text/spans.js";

/** The passage that this document's questions are to be about, drawn evenly; null when it has none. */
export function pickFocus(segment: Segment, rng: Rng): Span | null {
  const all = passages(segment);
  return all.length === 0 ? null : rng.pick(all);
}
