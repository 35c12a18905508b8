import { keyed, type Rng } from "../src/core/random/rng.js";

/**
 * A document about a town that does not exist, as `spice corpus add` reads it from a line of JSON.
 */
export interface BenchDocument {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

const HEADS = "Vel Kar Bran Tol Mer Os Hal Dun Ferr Lind Ash Gal Nor Pell Quen Rav Sel Thorn Ulv Wex".split(
  " ",
);
const MIDDLES = "an o i e ar en ol il".split(" ");
const TAILS = "mora holm stead wick bury garth haven mouth ford by".split(" ");
const FIRST_NAMES = "Ansel Berta Corin Dagny Elias Freda Gunnar Hilda Ivor Jonna Kasper Lovisa".split(" ");
const LAST_NAMES = "Brook Calder Dawes Ekman Farrow Gilmore Hartley Ingram Jessop Kellner Lund Marsh".split(
  " ",
);
const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);
const GOODS = ["timber", "copper", "wool", "salt", "barley", "slate", "herring", "glass"];

/** Names and numbers for a sentence. */
interface Facts {
  readonly town: string;
  readonly rng: Rng;
}

const person = ({ rng }: Facts): string => `${rng.pick(FIRST_NAMES)} ${rng.pick(LAST_NAMES)}`;
const place = ({ rng }: Facts): string => rng.pick(HEADS) + rng.pick(MIDDLES) + rng.pick(TAILS);
const year = ({ rng }: Facts): number => 1200 + rng.int(780);
const amount = ({ rng }: Facts): string => (1100 + rng.int(98_000)).toLocaleString("en-US");
const day = ({ rng }: Facts): string => `${10 + rng.int(18)} ${rng.pick(MONTHS)}`;
const goods = ({ rng }: Facts): string => rng.pick(GOODS);

/**
 * Each function writes a sentence of 20 to 159 characters. The `fake` trainer does not ask about
 * shorter and longer sentences.
 */
const SENTENCES: readonly ((facts: Facts) => string)[] = [
  (facts) => `${facts.town} was founded by ${person(facts)} after the great flood.`,
  (facts) => `${facts.town} counted ${amount(facts)} people at its last census.`,
  (facts) => `${facts.town} received its charter in ${year(facts)} from a duke.`,
  (facts) => `${facts.town} lies on the river ${place(facts)} between two low hills.`,
  (facts) => `${facts.town} sends most of its ${goods(facts)} to the market of ${place(facts)}.`,
  (facts) => `${facts.town} keeps its yearly fair on ${day(facts)} in the old square.`,
  (facts) => `${facts.town} elected ${person(facts)} as the first mayor.`,
  (facts) => `${facts.town} covers ${amount(facts)} hectares of meadow and forest.`,
  (facts) => `${facts.town} lost its wooden bridge to a storm in ${year(facts)}, a cold year.`,
  (facts) => `${facts.town} owes its town hall to the architect ${person(facts)}.`,
  (facts) => `${facts.town} shipped ${amount(facts)} barrels of ${goods(facts)} from its northern quay.`,
  (facts) => `${facts.town} shares a school with the village of ${place(facts)}.`,
  (facts) => `The harbor of ${facts.town} was dredged by ${person(facts)} in the summer.`,
  (facts) => `The library of ${facts.town} holds ${amount(facts)} printed books.`,
];

/**
 * Number of sentences of a document. The `fake` trainer asks about the first eight that contain a
 * name or a number.
 */
const SENTENCES_PER_DOCUMENT = 10;

/**
 * Returns documents of sentences with names, numbers and dates. The `fake` trainer quotes a
 * sentence and asks for one of them, so its proposals pass admission. Lines of a few words, such as
 * `Capital: Port 1`, contain nothing that the trainer asks about, and a run on them trains no
 * token.
 *
 * @param count number of documents, each about another town; at most 1600
 * @param seed the same seed gives the same documents
 */
export function benchDocuments(count: number, seed = 1): BenchDocument[] {
  const towns = keyed("bench documents", seed).sample(HEADS.length * MIDDLES.length * TAILS.length, count);
  return towns.map((index, number) => {
    const town = townName(index);
    const rng = keyed("bench documents", seed, number);
    const facts = { town, rng };
    const chosen = rng.sample(SENTENCES.length, SENTENCES_PER_DOCUMENT);
    const sentences = chosen.map((one) => (SENTENCES[one] as (facts: Facts) => string)(facts));
    return { id: `town-${number + 1}`, title: town, text: sentences.join("\n") };
  });
}

/** Returns the documents as JSON lines: the content of a file for `spice corpus add`. */
export function documentLines(documents: readonly BenchDocument[]): string {
  return documents.map((one) => `${JSON.stringify(one)}\n`).join("");
}

function townName(index: number): string {
  const head = HEADS[index % HEADS.length];
  const middle = MIDDLES[Math.floor(index / HEADS.length) % MIDDLES.length];
  const tail = TAILS[Math.floor(index / HEADS.length / MIDDLES.length)];
  return `${head}${middle}${tail}`;
}
