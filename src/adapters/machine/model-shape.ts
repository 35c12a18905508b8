import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelShape } from "../../core/trainer/memory-plan.js";

/**
 * Largest header of a safetensors file that is read, in bytes. The limit of the format itself is
 * 100 MB.
 */
const MAX_HEADER_BYTES = 100 * 1024 ** 2;

/**
 * Reads the size of a model from its folder: `config.json`, and the headers of its safetensors
 * files. The tensors are not read. Returns null when the folder has no such files, or when they
 * cannot be parsed. No RAM plan is then made.
 */
export async function readModelShape(folder: string): Promise<ModelShape | null> {
  try {
    const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8")) as Record<string, unknown>;
    const files = (await readdir(folder)).filter((name) => name.endsWith(".safetensors"));
    let parameters = 0;
    for (const name of files) parameters += await countNumbers(join(folder, name));
    const heads = size(config, "num_attention_heads");
    const hidden = size(config, "hidden_size");
    const shape = {
      parameters,
      hidden,
      heads,
      layers: size(config, "num_hidden_layers"),
      intermediate: size(config, "intermediate_size"),
      vocabulary: size(config, "vocab_size"),
      keyValueHeads: size(config, "num_key_value_heads", heads),
      headSize: size(config, "head_dim", hidden / heads),
    };
    return Object.values(shape).every((value) => Number.isFinite(value) && value > 0) ? shape : null;
  } catch {
    return null;
  }
}

function size(config: Readonly<Record<string, unknown>>, name: string, otherwise = 0): number {
  const value = config[name];
  return typeof value === "number" ? value : otherwise;
}

/**
 * Counts the numbers in all tensors of a safetensors file. The file begins with eight bytes for the
 * length of the header, then has the header as JSON.
 */
async function countNumbers(path: string): Promise<number> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
  const length = Number(buffer.readBigUInt64LE());
  if (length > MAX_HEADER_BYTES) throw new Error(`${path} has a header of ${length} bytes`);
  const header = await file.read(Buffer.alloc(length), 0, length, 8);
  const tensors = JSON.parse(header.buffer.toString("utf8")) as Record<string, { shape?: number[] }>;
  return Object.values(tensors).reduce(
    (sum, { shape }) =>
      sum + (shape === undefined ? 0 : shape.reduce((product, dimension) => product * dimension, 1)),
    0,
  );
}
