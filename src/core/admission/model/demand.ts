import { binomialTail } from "../../statistics/binomial.js";
import type { AgreementCheck, GuessCheck } from "../settings.js";

/** What a model check demands of its attempts. */
export interface Demand {
  /** Fewest attempts that must reach the gold. */
  readonly least: number;
  /** Most attempts that may reach the gold. */
  readonly most: number;
  /** Ends the sentence for people: `3 are required`. */
  readonly bound: string;
}

/**
 * `undecided`: so many attempts were lost to the engine that the check could have passed or failed.
 */
export type ModelOutcome = "passed" | "failed" | "undecided";

/** The demand of a check under its settings. */
export function demandOf(settings: AgreementCheck | GuessCheck): Demand {
  if ("required" in settings) {
    const { required, attempts } = settings;
    return { least: required, most: attempts, bound: `${required} are required` };
  }
  const most = settings.allowed ?? allowedByLuck(settings.attempts);
  return { least: 0, most, bound: `${most} are allowed` };
}

/**
 * The outcome of a check.
 *
 * @param right attempts that reached the gold
 * @param lost attempts that the engine lost; each might have been right or wrong
 */
export function outcomeOf({ least, most }: Demand, right: number, lost: number): ModelOutcome {
  if (right > most || right + lost < least) return "failed";
  return right >= least && right + lost <= most ? "passed" : "undecided";
}

/**
 * Chance of a lucky guess: one of four options. A free answer has no list to guess from and is held
 * to the same.
 */
const LUCK = 0.25;
/** Significance level: at most 5 % of good tasks may be refused because of lucky guesses. */
const LEVEL = 0.05;

/**
 * Right guesses that luck explains: more than this many come by chance in at most 5 % of good
 * tasks. Of 3 attempts that is 2, of 4 it is 3, of 8 it is 4, of 16 it is 7. Fewer than 3 attempts
 * can all be luck.
 */
export function allowedByLuck(attempts: number): number {
  for (let hits = 0; hits < attempts; hits += 1) {
    if (binomialTail(attempts, hits + 1, LUCK) <= LEVEL) return hits;
  }
  return attempts;
}
