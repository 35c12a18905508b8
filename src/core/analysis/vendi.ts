import { murmur128 } from "../random/murmur.js";
import { words } from "../text/normalize.js";

/**
 * Length of a text's feature vector. A small vector is cheap. Hash collisions only make texts look
 * slightly more alike.
 */
const DIMENSIONS = 256;
/**
 * Largest number of texts whose eigenvalues are computed. Of more texts, this many are taken at
 * even distances.
 */
export const VENDI_TEXTS = 128;

/**
 * Vendi score of texts (Friedman and Dieng 2023): the exponential of the entropy of the eigenvalues
 * of their similarity matrix divided by n. The score reads as the number of different texts: 1 when
 * all texts are alike, n when no two texts share a word. Similarity is the cosine of hashed counts
 * of words and word pairs, so synonyms count as different. The score is exact for up to 128 texts.
 * For more texts, it is the score of 128 of them at even distances. Null for an empty list.
 */
export function vendiScore(texts: readonly string[]): number | null {
  const n = Math.min(texts.length, VENDI_TEXTS);
  if (n === 0) return null;
  const features = Array.from({ length: n }, (_, index) =>
    featuresOf(texts[Math.floor((index * texts.length) / n)] as string),
  );
  const kernel = features.map((a) => features.map((b) => dot(a, b) / n));
  let entropy = 0;
  for (const value of eigenvalues(kernel)) if (value > 1e-12) entropy -= value * Math.log(value);
  return Math.exp(entropy);
}

/** Unit vector of hashed words and word pairs. A text without words has a direction of its own. */
function featuresOf(text: string): Float64Array {
  const vector = new Float64Array(DIMENSIONS);
  const all = words(text);
  const grams = [...all, ...all.slice(1).map((word, index) => `${all[index]} ${word}`)];
  for (const gram of grams.length === 0 ? [""] : grams) {
    const [hash] = murmur128(gram);
    vector[hash % DIMENSIONS] = (vector[hash % DIMENSIONS] ?? 0) + 1;
  }
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] as number) * (b[index] as number);
  return sum;
}

/**
 * Largest number of sweeps of Jacobi's method. The method converges quadratically and needs fewer
 * than ten sweeps for matrices of this size.
 */
const MAX_SWEEPS = 30;

/** Eigenvalues of a symmetric matrix by cyclic Jacobi rotations, in no particular order. */
export function eigenvalues(matrix: readonly (readonly number[])[]): number[] {
  const a = matrix.map((row) => Float64Array.from(row));
  const n = a.length;
  for (let sweep = 0; sweep < MAX_SWEEPS && offDiagonal(a) > 1e-18; sweep += 1) {
    for (let p = 0; p < n - 1; p += 1) for (let q = p + 1; q < n; q += 1) rotate(a, p, q);
  }
  return a.map((row, index) => row[index] as number);
}

function offDiagonal(a: readonly Float64Array[]): number {
  let sum = 0;
  for (let p = 0; p < a.length; p += 1)
    for (let q = p + 1; q < a.length; q += 1) sum += ((a[p] as Float64Array)[q] as number) ** 2;
  return sum;
}

/** One rotation. It makes the entry (p, q) zero. */
function rotate(a: readonly Float64Array[], p: number, q: number): void {
  const [rowP, rowQ] = [a[p] as Float64Array, a[q] as Float64Array];
  const apq = rowP[q] as number;
  if (apq === 0) return;
  const theta = ((rowQ[q] as number) - (rowP[p] as number)) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (const row of a) {
    const [kp, kq] = [row[p] as number, row[q] as number];
    row[p] = c * kp - s * kq;
    row[q] = s * kp + c * kq;
  }
  for (let k = 0; k < a.length; k += 1) {
    const [pk, qk] = [rowP[k] as number, rowQ[k] as number];
    rowP[k] = c * pk - s * qk;
    rowQ[k] = s * pk + c * qk;
  }
}
