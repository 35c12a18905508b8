/** Converts a value to a coordinate. */
export type Scale = (value: number) => number;

/**
 * A linear scale from a domain to a range. A domain with a single value gives the middle of the
 * range.
 */
export function linear(
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): Scale {
  return (value) =>
    from === to ? (start + end) / 2 : start + ((value - from) / (to - from)) * (end - start);
}

/** About `count` round values in a domain: multiples of 1, 2, 2.5 or 5 times a power of ten. */
export function ticks([from, to]: readonly [number, number], count: number): number[] {
  if (from === to) return [from];
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** A domain with round ends that contains all values. */
export function niceDomain(values: readonly number[], count: number): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (!Number.isFinite(low) || low === high) return [Math.min(0, low || 0), Math.max(1, high || 0)];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

/**
 * A coordinate with one decimal place, which is exact enough for a screen and short in the file.
 */
export const at = (value: number): string => value.toFixed(1);
