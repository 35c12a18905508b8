import { murmur128 } from "../../random/murmur.js";
import type { Segment } from "../../records/document.js";
import type { ContaminationConfig } from "../../records/experiment.js";
import type { Candidate } from "../../records/task.js";
import { featuresOf, namesIn } from "../../text/near-duplicates/features.js";
import { HashMultimap } from "../../text/near-duplicates/hash-multimap.js";
import { NearIndex } from "../../text/near-duplicates/near-index.js";
import { contentWords, fold, squeeze, words } from "../../text/normalize.js";
import { type CheckResult, PASSED, refused, shorten, shownTexts } from "../check.js";

/** One item of an evaluation set. */
export interface EvaluationItem {
  readonly id: string;
  readonly question: string;
  /** Empty when the set does not say. */
  readonly answer: string;
}

/** A registered evaluation set: what a run must never train on. */
export interface EvaluationSet {
  readonly name: string;
  /** SHA-256 of the file, hex. */
  readonly digest: string;
  readonly items: readonly EvaluationItem[];
}

/** Why a task counts as contaminated, and by what. */
export interface Contamination {
  readonly set: string;
  readonly item: string;
  readonly how: string;
}

/** This many shared words in a row are no accident (GPT-3: 13). */
const LONG_RUN = 13;
/** Items shorter than the n-gram are looked for whole from this length on; a shorter one must be the whole question. */
const SHORTEST_INSIDE = 5;
/** An n-gram of more items than this is boilerplate ("which of the following is the best"; NeMo Curator: 10). */
const BOILERPLATE = 10;
/** A shorter question is only the same when its answer is, too. */
const TELLING_WORDS = 4;
/** Jaccard index of words with content from which on a reworded question is the same. */
const REWORDED = 0.8;
/** A question is a part of an item that is this many times longer. */
const PART_OF = 1.5;
/** Fewer words with content are not compared loosely. */
const MIN_FEATURES = 4;

/**
 * Finds tasks that repeat an evaluation item: exactly, by shared word n-grams (a long run, or most of the question), or reworded. Built
 * once a run, 4 bytes a word and about 20 an n-gram. Not thread-bound, never changed after it was built.
 */
export class ContaminationIndex {
  /** What was indexed, for the run's record: names, digests, numbers of items. */
  readonly sets: readonly (Pick<EvaluationSet, "name" | "digest"> & { readonly items: number })[];
  readonly #owners: (readonly [set: string, item: EvaluationItem])[] = [];
  readonly #exact = new Map<string, number>();
  /** Word hashes of all items, one after the other; where each item starts. */
  readonly #text: Uint32Array;
  readonly #starts: number[] = [];
  readonly #grams = new HashMultimap();
  /** Lengths that were indexed. */
  readonly #lengths = new Set<number>();
  readonly #near = new NearIndex(REWORDED);
  readonly #nearOwners: number[] = [];

  constructor(
    sets: readonly EvaluationSet[],
    private readonly config: Pick<ContaminationConfig, "ngram" | "coverage">,
  ) {
    this.sets = sets.map(({ name, digest, items }) => ({ name, digest, items: items.length }));
    const texts: Uint32Array[] = [];
    let at = 0;
    for (const { name, items } of sets) {
      for (const item of items) {
        const owner = this.#owners.push([name, item]) - 1;
        const asked = words(item.question);
        for (const key of exactKeys(asked, item.answer))
          if (!this.#exact.has(key)) this.#exact.set(key, owner);
        const features = featuresOf(item.question, "");
        if (features.all.length >= MIN_FEATURES) {
          this.#near.add(features);
          this.#nearOwners.push(owner);
        }
        const text = hashWords([...asked, ...words(item.answer)]);
        this.#starts.push(at);
        this.#index(text, asked.length, at);
        texts.push(text);
        at += text.length;
      }
    }
    this.#text = new Uint32Array(at);
    for (const [owner, text] of texts.entries()) this.#text.set(text, this.#starts[owner]);
  }

  /** The item that a task repeats; null when it repeats none. */
  find({ question, answer }: Pick<Candidate, "question" | "answer">): Contamination | null {
    const asked = words(question);
    for (const key of exactKeys(asked, answer)) {
      const owner = this.#exact.get(key);
      if (owner !== undefined) return this.#hit(owner, "the same question");
    }
    const names = hashWords(contentWords(namesIn(question)));
    const shared = this.#shared(hashWords([...asked, ...words(answer)]), asked.length, names);
    if (shared !== null) return shared;
    const features = featuresOf(question, "");
    const near = features.all.length < MIN_FEATURES ? null : this.#near.find(features);
    return near === null
      ? null
      : this.#hit(this.#nearOwners[near] as number, "the same question in other words");
  }

  #hit(owner: number, how: string): Contamination {
    const [set, { id }] = this.#owners[owner] as readonly [string, EvaluationItem];
    return { set, item: id, how };
  }

  #index(text: Uint32Array, asked: number, at: number): void {
    const length = Math.min(this.config.ngram, asked);
    if (length < SHORTEST_INSIDE) return;
    this.#lengths.add(length);
    const last = length < this.config.ngram ? 0 : text.length - length;
    for (let start = 0; start <= last; start += 1) this.#grams.add(gramKey(text, start, length), at + start);
  }

  /** @param names hashes of the names and numbers of the question: a template about another thing is another question */
  #shared(text: Uint32Array, asked: number, names: Uint32Array): Contamination | null {
    const covered = new Map<number, Set<number>>();
    for (const length of this.#lengths) {
      for (let start = 0; start + length <= text.length; start += 1) {
        const places = this.#grams.get(gramKey(text, start, length), BOILERPLATE + 1);
        if (places.length > BOILERPLATE) continue;
        for (const place of places) {
          const run = this.#run(text, start, place);
          if (run < length) continue;
          const owner = this.#ownerOf(place);
          if (run >= LONG_RUN) return this.#hit(owner, `${run} words in a row`);
          const words = covered.get(owner) ?? new Set();
          for (let word = start; word < Math.min(start + run, asked); word += 1) words.add(word);
          covered.set(owner, words);
        }
      }
    }
    for (const [owner, words] of covered) {
      if (words.size >= this.config.coverage * asked && this.#sameNames(owner, text, asked, names))
        return this.#hit(owner, `${words.size} of the question's ${asked} words`);
    }
    return null;
  }

  /** Names of the question occur in the item, and, unless the question is only a part of it, the other way round. */
  #sameNames(owner: number, text: Uint32Array, asked: number, names: Uint32Array): boolean {
    const item = this.#text.subarray(this.#starts[owner], this.#starts[owner + 1] ?? this.#text.length);
    if (!names.every((name) => item.includes(name))) return false;
    const { question } = (this.#owners[owner] as readonly [string, EvaluationItem])[1];
    if (words(question).length > PART_OF * asked) return true;
    return hashWords(contentWords(namesIn(question))).every((name) => text.includes(name));
  }

  /** Words that agree from two places on, inside one item. */
  #run(text: Uint32Array, start: number, place: number): number {
    const end = this.#starts[this.#ownerOf(place) + 1] ?? this.#text.length;
    let run = 0;
    while (start + run < text.length && place + run < end && text[start + run] === this.#text[place + run])
      run += 1;
    return run;
  }

  #ownerOf(place: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] as number) <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The task repeats no registered evaluation item, and neither it nor its document holds a canary. */
export function checkContamination(
  candidate: Candidate,
  segment: Segment,
  canaries: readonly string[],
  index: ContaminationIndex | null,
): CheckResult {
  const marked = findMarker(canaries, [...shownTexts(candidate), segment.text]);
  if (marked !== null) return refused("contaminated", `It holds the canary "${shorten(marked)}".`);
  const hit = index?.find(candidate) ?? null;
  return hit === null
    ? PASSED
    : refused("contaminated", `It repeats item ${hit.item} of the evaluation set ${hit.set}: ${hit.how}.`);
}

/** The first canary that stands in one of the texts, whatever its case and white space; null when none does. */
function findMarker(canaries: readonly string[], texts: readonly string[]): string | null {
  if (canaries.length === 0) return null;
  const plain = texts.map((text) => squeeze(fold(text)));
  return (
    canaries.find((canary) => {
      const wanted = squeeze(fold(canary));
      return wanted !== "" && plain.some((text) => text.includes(wanted));
    }) ?? null
  );
}

/** The question's words, where they say enough; with the answer's in any case. */
function exactKeys(asked: readonly string[], answer: string): string[] {
  if (asked.length === 0) return [];
  const question = asked.join(" ");
  return [...(asked.length >= TELLING_WORDS ? [question] : []), `${question}|${words(answer).join(" ")}`];
}

function hashWords(all: readonly string[]): Uint32Array {
  return Uint32Array.from(all, (word) => murmur128(word)[0]);
}

function gramKey(text: Uint32Array, start: number, length: number): number {
  let key = length;
  for (let word = 0; word < length; word += 1)
    key = Math.imul(key ^ (text[start + word] as number), 0x9e3779b1) ^ (key >>> 15);
  return (key ^ (key >>> 16)) >>> 0;
}
