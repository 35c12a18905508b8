/** Token sequences with a common beginning. */
export interface PrefixGroup {
  /** Length of the common beginning, in tokens. */
  readonly length: number;
  /** Indices in the given list, ascending. */
  readonly members: readonly number[];
}

/**
 * Groups token sequences by common beginnings, so that each beginning can be computed once. A
 * common beginning has at least `minimum` tokens. Equal sequences are grouped even when they are
 * shorter.
 *
 * The sequences are taken in order. A sequence is added to the first group with which it has a
 * common beginning. The beginning of the group is then shortened to the tokens that all members
 * share. When there is no such group, the sequence starts a new group.
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
