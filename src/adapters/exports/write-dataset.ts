import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DatasetForm, WriteTask } from "../../app/ports/dataset.js";
import { fileError } from "../files/errors.js";
import { writeFolder } from "../files/whole-folder.js";
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
 * Writes a dataset. Its folder appears whole, or not at all.
 *
 * @param folder folder that must not exist, or be empty
 * @param fill writes the rows; `card` of its result is the text of the dataset card, `README.md`
 * @returns what `fill` returns
 * @throws SpiceError when a file cannot be written; what `fill` throws
 */
export async function writeDataset<T extends { readonly card: string }>(
  folder: string,
  options: DatasetOptions,
  fill: (write: WriteTask) => Promise<T>,
): Promise<T> {
  try {
    return await writeFolder(folder, async (scratch) => {
      const rows = await openRows(scratch, options);
      const result = await fill(rows.write);
      await rows.close();
      await writeFile(join(scratch, "README.md"), result.card);
      return result;
    });
  } catch (error) {
    throw fileError(error, "writing the dataset", folder, "cli");
  }
}

async function openRows(folder: string, { form, name, version, sources }: DatasetOptions): Promise<RowFile> {
  if (form === "jsonl") return openJsonl(folder);
  if (form === "parquet") return openParquet(folder);
  return openPackage(folder, { form, name, version, sources });
}
