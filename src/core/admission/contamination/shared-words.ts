import { murmur128 } from "../../random/murmur.js";
import { namesIn } from "../../text/near-duplicates/features.js";
import { HashMultimap } from "../../text/near-duplicates/hash-multimap.js";
import { contentWords, words } from "../../text/normalize.js";
import type { SearchableText } from "../../text/spans.js";
import type { ContaminationParameters } from "../settings.js";
import type { EvaluationItem } from "./evaluation-set.js";

/** This many shared words in a row are no accident (GPT-3: 13). */
const LONG_RUN = 13;
/**
 * An item shorter than the n-gram is looked for whole from this length on; a shorter item is not
 * looked for.
 */
const SHORTEST_INSIDE = 5;
/**
 * An n-gram of more items is boilerplate ("which of the following is the best"; NeMo Curator: 10).
 */
const BOILERPLATE = 10;
/** The question is a part of an item when the item's question is this many times longer. */
const PART_OF = 1.5;

/** An item that shares words with a task. */
export interface SharedItem {
  /** Place of the item in the list that was indexed. */
  readonly place: number;
  /** What is shared, in a few words. */
  readonly how: string;
}

/**
 * Finds items by shared word n-grams. It keeps 4 bytes for each word and about 20 for each n-gram.
 */
export class SharedWords {
  /** Word hashes of all items, one item after the other. */
  readonly #text: Uint32Array;
  /** Where each item starts in `#text`. */
  readonly #starts: readonly number[];
  /** Places in `#text` by the hash of the n-gram that starts there. */
  readonly #grams = new HashMultimap();
  /** Lengths of the n-grams that were indexed. */
  readonly #lengths = new Set<number>();

  /** @param items their places in this list are what `find` returns */
  constructor(
    private readonly items: readonly EvaluationItem[],
    private readonly config: Pick<ContaminationParameters, "ngram" | "coverage">,
  ) {
    const texts: Uint32Array[] = [];
    const starts: number[] = [];
    let offset = 0;
    for (const { question, answer } of items) {
      const asked = words(question);
      const text = hashWords([...asked, ...words(answer)]);
      starts.push(offset);
      this.#index(text, asked.length, offset);
      texts.push(text);
      offset += text.length;
    }
    this.#starts = starts;
    this.#text = new Uint32Array(offset);
    for (const [place, text] of texts.entries()) this.#text.set(text, starts[place]);
  }

  /**
   * The item that shares a long run of words, or most of the question's words and its names.
   *
   * @param asked the words of the question
   * @param document the text of the document. A run of words that stands in the document is a
   * quotation and is not counted. Default: every run counts
   */
  find(
    question: string,
    asked: readonly string[],
    answer: string,
    document?: SearchableText,
  ): SharedItem | null {
    const all = [...asked, ...words(answer)];
    const isQuoted = quotations(document);
    const text = hashWords(all);
    // A template about another thing is another question, so names and numbers must agree.
    const names = hashWords(contentWords(namesIn(question)));
    /** For each item, the places of the question's words that are shared with it. */
    const coveredByItem = new Map<number, Set<number>>();
    for (const length of this.#lengths) {
      for (let start = 0; start + length <= text.length; start += 1) {
        const offsets = this.#grams.get(gramKey(text, start, length), BOILERPLATE + 1);
        if (offsets.length > BOILERPLATE) continue;
        for (const offset of offsets) {
          const run = this.#run(text, start, offset);
          if (run < length || isQuoted(all.slice(start, start + run))) continue;
          const place = this.#itemAt(offset);
          if (run >= LONG_RUN) return { place, how: `${run} words in a row` };
          const covered = coveredByItem.get(place) ?? new Set();
          for (let word = start; word < Math.min(start + run, asked.length); word += 1) covered.add(word);
          coveredByItem.set(place, covered);
        }
      }
    }
    for (const [place, covered] of coveredByItem) {
      if (
        covered.size >= this.config.coverage * asked.length &&
        this.#sameNames(place, text, asked.length, names)
      )
        return { place, how: `${covered.size} of the question's ${asked.length} words` };
    }
    return null;
  }

  /** @param asked how many words of `text` are the question's */
  #index(text: Uint32Array, asked: number, offset: number): void {
    const { ngram } = this.config;
    const length = Math.min(ngram, asked);
    if (length < SHORTEST_INSIDE) return;
    this.#lengths.add(length);
    const last = length < ngram ? 0 : text.length - length;
    for (let start = 0; start <= last; start += 1)
      this.#grams.add(gramKey(text, start, length), offset + start);
  }

  /**
   * Names of the question occur in the item, and names of the item occur in the question unless the
   * question is only a part of the item.
   */
  #sameNames(place: number, text: Uint32Array, asked: number, names: Uint32Array): boolean {
    const item = this.#text.subarray(this.#starts[place], this.#starts[place + 1] ?? this.#text.length);
    if (!names.every((name) => item.includes(name))) return false;
    const { question } = this.items[place] as EvaluationItem;
    if (words(question).length > PART_OF * asked) return true;
    return hashWords(contentWords(namesIn(question))).every((name) => text.includes(name));
  }

  /** Words that agree from two places on, inside one item. */
  #run(text: Uint32Array, start: number, offset: number): number {
    const end = this.#starts[this.#itemAt(offset) + 1] ?? this.#text.length;
    let run = 0;
    while (start + run < text.length && offset + run < end && text[start + run] === this.#text[offset + run])
      run += 1;
    return run;
  }

  /** Place of the item that holds an offset of `#text`. */
  #itemAt(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Fewer words of the document in a row are no quotation: `the capital of the country`. */
const SHORTEST_QUOTATION = 6;

/** Most words of a question at each end of a shared run that belong to its frame. */
const FRAME = 2;

/**
 * Tells whether words stand in a row in a document. The document is cut into words at most once.
 */
function quotations(document: SearchableText | undefined): (run: readonly string[]) => boolean {
  let text: string | null = null;
  return (run) => {
    if (document === undefined || run.length < SHORTEST_QUOTATION) return false;
    text ??= ` ${words(document.folded).join(" ")} `;
    // The words of the question before and behind the quotation may be shared as well.
    for (let head = 0; head <= FRAME; head += 1)
      for (let tail = 0; tail <= FRAME && run.length - head - tail >= SHORTEST_QUOTATION; tail += 1)
        if (text.includes(` ${run.slice(head, run.length - tail).join(" ")} `)) return true;
    return false;
  };
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
