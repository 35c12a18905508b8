import { keyed } from "../../core/random/rng.js";
import type { Segment, Split } from "../../core/records/document.js";
import { SpiceError } from "../errors.js";
import type { Corpus } from "../ports/corpus.js";

/**
 * Picks distinct segments of a split, uniformly and without replacement (SPICE Algorithm 1:
 * documents sampled from the corpus). When the split has fewer segments than `count`, all its
 * segments are picked.
 *
 * @param key key of the random generator; the same key picks the same segments
 * @throws SpiceError `CORPUS_SPLIT_EMPTY` (exit 2) when the split has no segment
 */
export async function pickSegments(
  corpus: Corpus,
  split: Split,
  count: number,
  key: readonly (string | number)[],
): Promise<readonly Segment[]> {
  const size = corpus.size(split);
  if (size === 0) throw emptySplit(split);
  const indices = keyed(...key).sample(size, Math.min(count, size));
  return Promise.all(indices.map((index) => corpus.segment(split, index)));
}

function emptySplit(split: Split): SpiceError {
  return new SpiceError(`The corpus snapshot has no segment in its ${split} split.`, {
    code: "CORPUS_SPLIT_EMPTY",
    boundary: "corpus",
    where: `corpus.${split === "warmup" ? "warmupShare" : "store"}`,
    hint: "Add documents with `spice corpus add`, or change the shares of the splits.",
    exit: 2,
  });
}
