/** Returns the counts of a JUnit XML report of pytest; all zero when it cannot be read. */
export function junitCounts(xml: string): { passed: number; failed: number; skipped: number } {
  const suite = /<testsuite\s[^>]*>/.exec(xml)?.[0] ?? "";
  const number = (name: string): number => Number(new RegExp(`\\s${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  const skipped = number("skipped");
  return { passed: Math.max(0, number("tests") - failed - skipped), failed, skipped };
}
