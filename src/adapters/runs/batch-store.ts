import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RecordedBatch, StagedStep } from "../../app/ports/runs.js";
import { stepName } from "../../app/ports/runs.js";
import { ensureFolder, writeJson, writeWhole } from "../files/durable.js";
import { errorCode } from "../files/errors.js";
import { decodeRecorded, encodeRecorded } from "./batch-file.js";
import type { RunPaths } from "./layout.js";

const SUFFIX = ".batch";

/**
 * Content of `staged.json`: the episodes and sampling numbers of a step. The batch is in a separate
 * file.
 */
type StagedFile = Omit<StagedStep, "batch" | "optim"> & { readonly schema: "spice.staged/1" };

/**
 * The batches of the steps of a run, one file for each step, and the step in progress. Every file
 * is written completely or not at all. The batch is written first, so that a staged step always has
 * a batch.
 */
export class BatchStore {
  constructor(private readonly paths: RunPaths) {}

  /** Writes the batch of a step, then `staged.json`. */
  async stage({ batch, optim, ...rest }: StagedStep): Promise<void> {
    await ensureFolder(this.paths.batches);
    await writeWhole(this.#path(rest.step), encodeRecorded(rest.step, { batch, optim }));
    const staged: StagedFile = { schema: "spice.staged/1", ...rest };
    await writeJson(this.paths.staged, staged);
  }

  /** The staged step with its batch; null when another step or none is staged. */
  async staged(step: number): Promise<StagedStep | null> {
    const text = await readFile(this.paths.staged, "utf8").catch(absent);
    if (text === null) return null;
    const { schema: _, ...staged } = JSON.parse(text) as StagedFile;
    const recorded = staged.step === step ? await this.recorded(step) : null;
    return recorded === null ? null : { ...staged, ...recorded };
  }

  /** The batch of a step; null when it is missing or damaged. */
  async recorded(step: number): Promise<RecordedBatch | null> {
    const bytes = await readFile(this.#path(step)).catch(absent);
    return bytes === null ? null : decodeRecorded(step, bytes);
  }

  /**
   * Removes the batches of all steps up to this step, which is included. Returns the number of
   * removed files.
   */
  async removeUpTo(step: number): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.paths.batches).catch(() => [])) {
      const own = name.endsWith(SUFFIX) ? Number(name.slice(0, -SUFFIX.length)) : Number.NaN;
      if (!(own <= step)) continue;
      await rm(join(this.paths.batches, name), { force: true });
      removed += 1;
    }
    return removed;
  }

  #path(step: number): string {
    return join(this.paths.batches, `${stepName(step)}${SUFFIX}`);
  }
}

function absent(error: unknown): null {
  if (errorCode(error) === "ENOENT") return null;
  throw error;
}
