/**
 * A whole number under a root: `outside` times the roots of `inside`, which has prime powers below
 * the degree.
 */
export interface SplitRoot {
  readonly outside: bigint;
  readonly inside: readonly (readonly [prime: bigint, exponent: number])[];
}

/**
 * Largest number that is factored. Trial division to its square root takes a thousand divisions.
 */
const LARGEST = 1_000_000n;

/** Takes whole factors out of the root of a number from 1 to a million; null for other numbers. */
export function splitRoot(value: bigint, degree: number): SplitRoot | null {
  if (value < 1n || value > LARGEST) return null;
  let left = Number(value);
  let outside = 1n;
  const inside: [bigint, number][] = [];
  for (let divisor = 2; left > 1; divisor += 1) {
    if (divisor * divisor > left) divisor = left;
    let exponent = 0;
    while (left % divisor === 0) {
      left /= divisor;
      exponent += 1;
    }
    outside *= BigInt(divisor) ** BigInt(Math.floor(exponent / degree));
    if (exponent % degree > 0) inside.push([BigInt(divisor), exponent % degree]);
  }
  return { outside, inside };
}
