/** One place where two values differ. A missing value is `undefined`. */
export interface Difference {
  /** For example `proposals[3].reward`. */
  readonly path: string;
  readonly stored: unknown;
  readonly recomputed: unknown;
}

/**
 * All leaves at which two plain values differ, in order of appearance. Numbers are compared
 * exactly.
 */
export function differences(stored: unknown, recomputed: unknown, path = ""): Difference[] {
  if (Object.is(stored, recomputed)) return [];
  if (
    !isContainer(stored) ||
    !isContainer(recomputed) ||
    Array.isArray(stored) !== Array.isArray(recomputed)
  ) {
    return [{ path, stored, recomputed }];
  }
  const inArray = Array.isArray(stored);
  const keys = new Set([...Object.keys(stored), ...Object.keys(recomputed)]);
  return [...keys].flatMap((key) =>
    differences(stored[key], recomputed[key], inArray ? `${path}[${key}]` : join(path, key)),
  );
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
