import { describe, test } from "@jest/globals";

/** A title that says why; scripts/summarize-tests.mjs reads it. */
const because = (title: string, reason: string): string => `${title} [skipped: ${reason}]`;

/**
 * `describe`, or a skipped one whose title says why.
 *
 * @param reason what is missing on this machine, and how to get it; null when nothing is
 */
export const describeUnless =
  (reason: string | null) =>
  (title: string, body: () => void): void =>
    reason === null ? describe(title, body) : describe.skip(because(title, reason), body);

/** The same for one test. */
export const testUnless =
  (reason: string | null) =>
  (title: string, body: () => Promise<void> | void, timeoutMs?: number): void =>
    reason === null ? test(title, body, timeoutMs) : test.skip(because(title, reason), body, timeoutMs);
