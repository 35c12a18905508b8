/**
 * MurmurHash3_x86_128 (Austin Appleby, public domain) of the UTF-16LE bytes of a text, seed 0, as
 * four unsigned 32-bit words. The hash is well mixed but not cryptographic: it makes generator keys
 * and proves nothing about content.
 */
export function murmur128(text: string): [number, number, number, number] {
  const state: Words = [0, 0, 0, 0];
  const whole = text.length - (text.length % UNITS_PER_BLOCK);
  for (let unit = 0; unit < whole; unit += UNITS_PER_BLOCK) {
    const block = blockAt(text, unit);
    for (let lane = 0; lane < 4; lane += 1) absorb(state, block, lane as Lane);
  }
  const tail = blockAt(text, whole);
  // The reference implementation mixes the last bytes without the rotation and chaining of a block.
  // Missing bytes are zero and mix to zero.
  for (let lane = 0; lane < 4; lane += 1) state[lane as Lane] ^= scramble(tail[lane as Lane], lane as Lane);
  return finish(state, text.length * 2);
}

/**
 * Bound once: looking up a global costs more than the product where code runs in a `vm` context, as
 * tests do.
 */
const { imul } = Math;

type Words = [number, number, number, number];
type Lane = 0 | 1 | 2 | 3;

/** A block is 16 bytes, which are 8 code units of 2 bytes. */
const UNITS_PER_BLOCK = 8;

const MULTIPLIERS: Readonly<Words> = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93];
const LANE_ROTATIONS: Readonly<Words> = [15, 16, 17, 18];
const STATE_ROTATIONS: Readonly<Words> = [19, 17, 15, 13];
const STATE_CONSTANTS: Readonly<Words> = [0x561ccd1b, 0x0bcaa747, 0x96cd1c35, 0x32ac3b17];

function blockAt(text: string, unit: number): Words {
  const word = (lane: number): number =>
    codeAt(text, unit + 2 * lane) | (codeAt(text, unit + 2 * lane + 1) << 16);
  return [word(0), word(1), word(2), word(3)];
}

function codeAt(text: string, index: number): number {
  return index < text.length ? text.charCodeAt(index) : 0;
}

function absorb(state: Words, block: Words, lane: Lane): void {
  const next = ((lane + 1) % 4) as Lane;
  const mixed = rotate(state[lane] ^ scramble(block[lane], lane), STATE_ROTATIONS[lane]) + state[next];
  state[lane] = (imul(mixed, 5) + STATE_CONSTANTS[lane]) | 0;
}

function scramble(word: number, lane: Lane): number {
  const rotated = rotate(imul(word, MULTIPLIERS[lane]), LANE_ROTATIONS[lane]);
  return imul(rotated, MULTIPLIERS[((lane + 1) % 4) as Lane]);
}

function finish(state: Words, bytes: number): Words {
  const sized = state.map((word) => word ^ bytes) as Words;
  return spread(spread(sized).map(avalanche) as Words).map((word) => word >>> 0) as Words;
}

function spread([a, b, c, d]: Words): Words {
  const sum = (a + b + c + d) | 0;
  return [sum, (b + sum) | 0, (c + sum) | 0, (d + sum) | 0];
}

/**
 * The 32-bit finalizer: a permutation of the 32-bit words in which every input bit changes every
 * output bit. Signed.
 */
export function avalanche(word: number): number {
  let mixed = imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
