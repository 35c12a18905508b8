import { existsSync } from "node:fs";
import { copyFile, link, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SpiceError } from "../../app/errors.js";
import { fileError } from "../files/errors.js";
import { writeFolder } from "../files/whole-folder.js";

/** File of an exported model that says where its weights come from. */
const PROVENANCE = "spice-model.json";
/** Weights of the trainers that train with PyTorch. */
const TORCH_WEIGHTS = "weights.safetensors";

/** The form of a checkpoint: a model folder, weights that need a conversion, or something else. */
export type CheckpointForm = "model" | "weights" | "other";

/**
 * Looks what a checkpoint folder holds. A model folder has config.json, tokenizer.json and weights
 * in safetensors files.
 */
export async function checkpointForm(folder: string): Promise<CheckpointForm> {
  const names: readonly string[] = await readdir(folder).catch(() => []);
  const isModel =
    names.includes("config.json") &&
    names.includes("tokenizer.json") &&
    names.some((name) => name.endsWith(".safetensors"));
  if (isModel) return "model";
  return names.includes(TORCH_WEIGHTS) ? "weights" : "other";
}

/**
 * Copies a checkpoint that is a model folder, with hard links where the file system has them. The
 * folder `out` must not exist; it is complete or absent.
 *
 * @param provenance where the weights come from, for `spice-model.json`
 * @throws SpiceError when a file cannot be written
 */
export async function copyModel(
  checkpoint: string,
  out: string,
  provenance: Readonly<Record<string, unknown>>,
): Promise<void> {
  try {
    await writeFolder(out, async (folder) => {
      for (const entry of await readdir(checkpoint, { withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const [from, to] = [join(checkpoint, entry.name), join(folder, entry.name)];
        await link(from, to).catch(() => copyFile(from, to));
      }
      const facts = { schema: "spice.model/1", ...provenance };
      await rm(join(folder, PROVENANCE), { force: true });
      await writeFile(join(folder, PROVENANCE), `${JSON.stringify(facts, null, 1)}\n`);
    });
  } catch (error) {
    throw fileError(error, "writing the model", out, "store");
  }
}

/**
 * True when `folder` holds the exported model of these weights.
 *
 * @param digest digest of the policy, as the run recorded it
 */
export async function isExported(folder: string, digest: string): Promise<boolean> {
  if (!existsSync(join(folder, "config.json"))) return false;
  const text = await readFile(join(folder, PROVENANCE), "utf8").catch(() => "{}");
  try {
    return (JSON.parse(text) as { policyDigest?: unknown }).policyDigest === digest;
  } catch {
    return false;
  }
}

/**
 * Throws when a folder is not free to be written. @throws SpiceError `FOLDER_NOT_EMPTY` (exit 2)
 */
export async function requireFreeFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => null);
  if (names === null) return;
  if (names.length === 0) await rm(folder, { recursive: true });
  else
    throw new SpiceError("The folder exists already and is not empty.", {
      code: "FOLDER_NOT_EMPTY",
      boundary: "store",
      where: folder,
      hint: "Name a new folder, or delete this one.",
      exit: 2,
    });
}
