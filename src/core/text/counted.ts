/**
 * A number with its noun: `1 document`, `3 documents`, `0 documents`.
 *
 * @param noun the noun for one thing
 * @param plural the noun for several. Default: the noun with an `s`
 */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
