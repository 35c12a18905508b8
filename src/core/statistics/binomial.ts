/** Ways to choose k of n things; 0 where k is out of range. Exact below 2^53. */
export function choose(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let ways = 1;
  for (let index = 1; index <= Math.min(k, n - k); index += 1) ways = (ways * (n - index + 1)) / index;
  return Math.round(ways);
}

/** Probability of exactly k successes in n trials that each succeed with probability p. */
export function binomial(n: number, k: number, p: number): number {
  return choose(n, k) * p ** k * (1 - p) ** (n - k);
}

/** Probability of at least k successes in n trials. */
export function binomialTail(n: number, k: number, p: number): number {
  let sum = 0;
  for (let hits = Math.max(0, k); hits <= n; hits += 1) sum += binomial(n, hits, p);
  return sum;
}
