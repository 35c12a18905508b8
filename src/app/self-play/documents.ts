import type { Experiment } from "../../core/experiment/experiment.js";
import { hasFocus } from "../../core/game/focus.js";
import { formatOf } from "../../core/game/formats.js";
import { keyed } from "../../core/random/rng.js";
import type { Segment, Split } from "../../core/records/document.js";
import type { TaskFormat } from "../../core/records/task.js";
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
  return Promise.all(pickIndices(corpus, split, count, key).map((index) => corpus.segment(split, index)));
}

/**
 * The segments of `pickSegments`, in the same order, each loaded when it is reached.
 *
 * @throws SpiceError `CORPUS_SPLIT_EMPTY` (exit 2) when the split has no segment
 */
export function walkSegments(
  corpus: Corpus,
  split: Split,
  count: number,
  key: readonly (string | number)[],
): AsyncGenerator<Segment, undefined> {
  return load(corpus, split, pickIndices(corpus, split, count, key));
}

async function* load(
  corpus: Corpus,
  split: Split,
  indices: readonly number[],
): AsyncGenerator<Segment, undefined> {
  for (const index of indices) yield corpus.segment(split, index);
}

function pickIndices(
  corpus: Corpus,
  split: Split,
  count: number,
  key: readonly (string | number)[],
): readonly number[] {
  const size = corpus.size(split);
  if (size === 0) throw emptySplit(split);
  return keyed(...key).sample(size, Math.min(count, size));
}

/** Segments that are looked at for each document of a step, at most. */
const LOOKED_AT = 32;

/**
 * The documents of a step of self-play. With `challenger.focus: passage`, a segment is passed over
 * in two cases, as long as there are enough other segments: it has no passage for the format of its
 * place, or an earlier step played it. A trained Challenger asks the same about the same passage,
 * and admission refuses the repeat.
 *
 * @param step of the run; with the seed it decides the format of each place
 * @param key of the random generator
 * @param played ids of the segments that earlier steps played. Default: none
 * @throws SpiceError `CORPUS_SPLIT_EMPTY` (exit 2) when no segment belongs to self-play
 */
export async function pickPlayed(
  corpus: Corpus,
  { seed, challenger }: Pick<Experiment, "seed" | "challenger">,
  count: number,
  step: number,
  key: readonly (string | number)[],
  played: ReadonlySet<string> = new Set(),
): Promise<readonly Segment[]> {
  if (challenger.focus === "document") return pickSegments(corpus, "selfplay", count, key);
  const drawn = walkSegments(corpus, "selfplay", count * LOOKED_AT, key);
  const places = Math.min(count, corpus.size("selfplay"));
  const shift = keyed(seed, step, "format").next();
  const passedOver: Segment[] = [];
  // Places of a step share formats, so each segment is looked at once for each format.
  const known = new Map<string, boolean>();
  const suits = (segment: Segment, format: TaskFormat): boolean => {
    const place = `${segment.id} ${format.kind === "mcq" ? "mcq" : format.answerType}`;
    const suited = known.get(place) ?? hasFocus(segment, format);
    known.set(place, suited);
    return suited;
  };
  const take = (fits: (segment: Segment) => boolean): Segment | null => {
    const at = passedOver.findIndex(fits);
    return at < 0 ? null : (passedOver.splice(at, 1)[0] ?? null);
  };
  const find = async (format: TaskFormat): Promise<Segment | null> => {
    const isBest = (segment: Segment) => !played.has(segment.id) && suits(segment, format);
    const before = take(isBest);
    if (before !== null) return before;
    for (let next = await drawn.next(); next.value !== undefined; next = await drawn.next()) {
      if (isBest(next.value)) return next.value;
      passedOver.push(next.value);
    }
    return take((segment) => suits(segment, format));
  };
  const picked: (Segment | null)[] = [];
  for (let slot = 0; slot < places; slot += 1)
    picked.push(await find(formatOf(challenger.mix, slot, places, shift)));
  const others = passedOver.values();
  return picked.flatMap((segment) => segment ?? others.next().value ?? []);
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
