/** Token sequences that begin alike. */
export interface PrefixGroup {
  /** Tokens in common. */
  readonly length: number;
  /** Places in the given list, ascending. */
  readonly members: readonly number[];
}

/**
 * Group token sequences by common beginnings of at least `minimum` tokens, so that each beginning can be computed once. In
 * order: a sequence joins the first group it shares enough with, which shortens that group's beginning to what all have in
 * common; otherwise it starts its own, which is all of it.
 */
export function groupByPrefix(sequences: readonly Int32Array[], minimum: number): readonly PrefixGroup[] {
  const groups: { length: number; members: number[] }[] = [];
  sequences.forEach((ids, place) => {
    for (const group of groups) {
      const first = sequences[group.members[0] as number] as Int32Array;
      const shared = common(first, ids, group.length);
      if (shared < minimum && shared < Math.max(group.length, ids.length)) continue;
      group.length = shared;
      group.members.push(place);
      return;
    }
    groups.push({ length: ids.length, members: [place] });
  });
  return groups;
}

function common(a: Int32Array, b: Int32Array, limit: number): number {
  const most = Math.min(a.length, b.length, limit);
  let length = 0;
  while (length < most && a[length] === b[length]) length += 1;
  return length;
}
