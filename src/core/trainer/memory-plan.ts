/** What the memory of a model depends on; read from its folder, before anything is loaded. */
export interface ModelShape {
  /** Numbers in the weight files; tied matrices count once. */
  readonly parameters: number;
  readonly layers: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly vocabulary: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
}

/** Sizes of an experiment that memory depends on. */
export interface MemorySizes {
  readonly shape: ModelShape;
  /** Rank of the adapters; null when all weights are trained. */
  readonly loraRank: number | null;
  /** Bytes of a number in the matrix products: 4 for float32, 2 for bfloat16. */
  readonly computeBytes: 2 | 4;
  /** Prompt and response together, in tokens. */
  readonly contextTokens: number;
}

/** One thing that memory goes to. */
export interface MemoryPart {
  readonly name: string;
  /** What it takes in any case. */
  readonly bytes: number;
  /** What it takes when every response is as long as it may be; default: `bytes`. */
  readonly mostBytes?: number;
}

/** Bytes of float32 weights, gradient and Adam's two moments for each trained parameter. */
const FLOAT32 = 4;
const MOMENTS = 8;

/**
 * Numbers of the adapters of a rank on every linear layer: attention (query, key, value, output) and the three of a gated
 * feed-forward block, rank x (inputs + outputs) each.
 */
export function adapterParameters(shape: ModelShape, rank: number): number {
  const query = shape.heads * shape.headSize;
  const keyValue = shape.keyValueHeads * shape.headSize;
  const attention = 2 * (shape.hidden + query) + 2 * (shape.hidden + keyValue);
  const feedForward = 3 * (shape.hidden + shape.intermediate);
  return shape.layers * rank * (attention + feedForward);
}

/** Numbers that the optimiser moves. */
export function trainedParameters({ shape, loraRank }: MemorySizes): number {
  return loraRank === null ? shape.parameters : adapterParameters(shape, loraRank);
}

/** A learner's weights (in float32, and once more in the compute type where that differs), gradient and moments. */
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
    { name: "optimiser", bytes: trained * MOMENTS },
  ];
}

/** What a published version takes beside the learner: all weights, or the adapters alone. */
export function versionBytes(sizes: MemorySizes): number {
  const { shape, computeBytes, loraRank } = sizes;
  return loraRank === null ? shape.parameters * computeBytes : trainedParameters(sizes) * FLOAT32;
}

/**
 * What a backward pass keeps of `tokens` tokens and works with: per layer about sixteen rows of the hidden size and six of the
 * feed-forward block, and the logits of `headTokens` positions three times in float32. Fitted to what SmolLM2-135M took in the demo
 * (docs/trainers/memory.md).
 */
export function activationBytes(sizes: MemorySizes, tokens: number, headTokens: number): number {
  const { layers, hidden, intermediate, vocabulary } = sizes.shape;
  const kept = tokens * layers * (16 * hidden + 6 * intermediate) * sizes.computeBytes;
  return kept + 3 * headTokens * vocabulary * FLOAT32;
}

/** The same where only each layer's input is kept, and what is inside a layer is computed again when its turn comes. */
export function recomputedActivationBytes(sizes: MemorySizes, tokens: number, headTokens: number): number {
  const { layers, hidden } = sizes.shape;
  const oneLayer = { ...sizes, shape: { ...sizes.shape, layers: 1 } };
  return tokens * layers * hidden * sizes.computeBytes + activationBytes(oneLayer, tokens, headTokens);
}

/** Keys and values of `tokens` tokens. */
export function keyValueBytes(sizes: MemorySizes, tokens: number): number {
  const { layers, keyValueHeads, headSize } = sizes.shape;
  return tokens * layers * 2 * keyValueHeads * headSize * sizes.computeBytes;
}

/** All parts together, in any case. */
export function totalBytes(parts: readonly MemoryPart[]): number {
  return parts.reduce((sum, part) => sum + part.bytes, 0);
}

/** All parts together when every response is as long as it may be. */
export function mostBytes(parts: readonly MemoryPart[]): number {
  return parts.reduce((sum, part) => sum + (part.mostBytes ?? part.bytes), 0);
}
