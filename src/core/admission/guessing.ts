import { binomialTail } from "../statistics/binomial.js";

/** Chance of a lucky guess: one of four options. Free answers have no list to guess from; they are held to the same. */
const LUCK = 0.25;
/** How seldom luck alone may refuse a sound task. */
const LEVEL = 0.05;

/**
 * Right guesses that luck explains: the most hits of n for which more would come by chance in at most 5 % of sound tasks, at one in
 * four a guess. Of 3 that is 2, of 4 it is 3, of 8 it is 4, of 16 it is 7. With fewer than 3 attempts even all of them right are luck.
 */
export function allowedByLuck(attempts: number): number {
  for (let hits = 0; hits < attempts; hits += 1) {
    if (binomialTail(attempts, hits + 1, LUCK) <= LEVEL) return hits;
  }
  return attempts;
}
