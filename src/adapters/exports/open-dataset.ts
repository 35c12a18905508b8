import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { DatasetForm, DatasetWriter } from "../../app/ports/dataset.js";
import { fileError } from "../files/errors.js";
import { openPackage } from "./python-package.js";
import { openJsonl, openParquet, type RowFile } from "./table-files.js";

/** What a dataset is written with. */
export interface DatasetOptions {
  readonly form: DatasetForm;
  /** Name of the dataset and, for Python packages, of the distribution. */
  readonly name: string;
  readonly version: string;
  /** Folder of the Python sources, `trainer-py`. */
  readonly sources: string;
}

/**
 * Begins a dataset. Its folder appears when the writer has finished. A writer that is disposed
 * before leaves nothing.
 *
 * @param folder folder that must not exist, or be empty
 * @throws SpiceError when a file cannot be written
 */
export async function openDataset(folder: string, options: DatasetOptions): Promise<DatasetWriter> {
  const scratch = join(dirname(folder), `.${basename(folder)}-${process.pid}.partial`);
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw fileError(error, "writing the dataset", folder, "cli");
    }
  };
  const rows = await guarded(async () => {
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch, { recursive: true });
    return openRows(scratch, options);
  });
  return {
    write: (task) => guarded(() => rows.write(task)),
    finish: (card) =>
      guarded(async () => {
        await rows.close();
        await writeFile(join(scratch, "README.md"), card);
        await rename(scratch, folder);
      }),
    [Symbol.asyncDispose]: () => rm(scratch, { recursive: true, force: true }),
  };
}

async function openRows(folder: string, { form, name, version, sources }: DatasetOptions): Promise<RowFile> {
  if (form === "jsonl") return openJsonl(folder);
  if (form === "parquet") return openParquet(folder);
  return openPackage(folder, { form, name, version, sources });
}
