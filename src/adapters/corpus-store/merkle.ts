import { createHash } from "node:crypto";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** Hash of a segment: the digest of its document, and its start, end and number of tokens. */
export function segmentLeaf(documentDigest: Uint8Array, start: number, end: number, tokens: number): Buffer {
  const numbers = Buffer.alloc(12);
  numbers.writeUInt32LE(start, 0);
  numbers.writeUInt32LE(end, 4);
  numbers.writeUInt32LE(tokens, 8);
  return createHash("sha256").update(LEAF).update(documentDigest).update(numbers).digest();
}

/**
 * Root of a Merkle tree over the leaves in the given order, in hexadecimal digits. As in RFC 6962,
 * leaves and nodes have different prefixes. A node without a sibling moves up one level unchanged.
 */
export function merkleRoot(leaves: readonly Buffer[]): string {
  let level = leaves;
  if (level.length === 0) return createHash("sha256").digest("hex");
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const left = level[at] as Buffer;
      const right = level[at + 1];
      above.push(
        right === undefined ? left : createHash("sha256").update(NODE).update(left).update(right).digest(),
      );
    }
    level = above;
  }
  return (level[0] as Buffer).toString("hex");
}
