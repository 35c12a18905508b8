/**
 * Facts of a model that its memory depends on. They are read from the model's folder before the
 * model is loaded.
 */
export interface ModelShape {
  /** Number of parameters; shared matrices count once. */
  readonly parameters: number;
  readonly layers: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly vocabulary: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
}

/** Sizes of an experiment that its memory depends on. */
export interface MemorySizes {
  readonly shape: ModelShape;
  /** Rank of the adapters; null when all weights are trained. */
  readonly loraRank: number | null;
  /** Bytes of a number in matrix products: 4 for float32, 2 for bfloat16. */
  readonly computeBytes: 2 | 4;
  /** Longest prompt and completion together, in tokens. */
  readonly contextTokens: number;
}

/** A part of the memory plan. */
export interface MemoryPart {
  readonly name: string;
  /** Bytes needed in any case. */
  readonly bytes: number;
  /** Bytes needed when every completion has its longest length. Default: `bytes`. */
  readonly mostBytes?: number;
}

/** Bytes of a float32 number. Weights, gradient and Adam's two moments are float32. */
const FLOAT32 = 4;
const MOMENTS = 8;

/**
 * Number of adapter parameters on every linear layer: query, key, value and output of the
 * attention, and three layers of a gated feed-forward block. Each layer has rank x (inputs +
 * outputs) parameters.
 */
export function adapterParameters(shape: ModelShape, rank: number): number {
  const query = shape.heads * shape.headSize;
  const keyValue = shape.keyValueHeads * shape.headSize;
  const attention = 2 * (shape.hidden + query) + 2 * (shape.hidden + keyValue);
  const feedForward = 3 * (shape.hidden + shape.intermediate);
  return shape.layers * rank * (attention + feedForward);
}

/** Number of parameters that the optimizer changes. */
export function trainedParameters({ shape, loraRank }: MemorySizes): number {
  return loraRank === null ? shape.parameters : adapterParameters(shape, loraRank);
}

/**
 * Memory of a learner: weights in float32, a second copy in the compute type where it differs,
 * gradient and moments.
 */
export function learnerParts(sizes: MemorySizes): MemoryPart[] {
  const { shape, computeBytes, loraRank } = sizes;
  const trained = trainedParameters(sizes);
  const own = loraRank === null ? 0 : trained * FLOAT32;
  return [
    {
      name: "weights",
      bytes: shape.parameters * (FLOAT32 + (computeBytes === FLOAT32 ? 0 : computeBytes)) + own,
    },
    { name: "gradient", bytes: trained * FLOAT32 },
    { name: "optimizer", bytes: trained * MOMENTS },
  ];
}

/** Bytes of a published version beside the learner: all weights, or the adapters alone. */
export function versionBytes(sizes: MemorySizes): number {
  const { shape, computeBytes, loraRank } = sizes;
  return loraRank === null ? shape.parameters * computeBytes : trainedParameters(sizes) * FLOAT32;
}

/**
 * Bytes that a backward pass over `tokens` tokens needs: for each layer about sixteen rows of the
 * hidden size and six of the feed-forward size, and three copies of the logits of `headTokens`
 * positions in float32. The numbers are fitted to the memory of SmolLM2-135M in the demo
 * (docs/trainers/memory.md).
 */
export function activationBytes(sizes: MemorySizes, tokens: number, headTokens: number): number {
  const { layers, hidden, intermediate, vocabulary } = sizes.shape;
  const kept = tokens * layers * (16 * hidden + 6 * intermediate) * sizes.computeBytes;
  return kept + 3 * headTokens * vocabulary * FLOAT32;
}

/**
 * Like `activationBytes`, for a pass that keeps only the input of each layer and computes the rest
 * of the layer again.
 */
export function recomputedActivationBytes(sizes: MemorySizes, tokens: number, headTokens: number): number {
  const { layers, hidden } = sizes.shape;
  const oneLayer = { ...sizes, shape: { ...sizes.shape, layers: 1 } };
  return tokens * layers * hidden * sizes.computeBytes + activationBytes(oneLayer, tokens, headTokens);
}

/** Bytes of the keys and values of `tokens` tokens. */
export function keyValueBytes(sizes: MemorySizes, tokens: number): number {
  const { layers, keyValueHeads, headSize } = sizes.shape;
  return tokens * layers * 2 * keyValueHeads * headSize * sizes.computeBytes;
}

/** Sum of the parts, in any case. */
export function totalBytes(parts: readonly MemoryPart[]): number {
  return parts.reduce((sum, part) => sum + part.bytes, 0);
}

/** Sum of the parts when every completion has its longest length. */
export function mostBytes(parts: readonly MemoryPart[]): number {
  return parts.reduce((sum, part) => sum + (part.mostBytes ?? part.bytes), 0);
}
