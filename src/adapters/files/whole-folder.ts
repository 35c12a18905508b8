import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a folder that appears whole or not at all. The folder must not exist, or be empty.
 *
 * @param fill writes the contents into a folder beside `out`, which becomes `out` afterwards
 * @returns what `fill` returns
 */
export async function writeFolder<T>(out: string, fill: (folder: string) => Promise<T>): Promise<T> {
  const scratch = join(dirname(out), `.${basename(out)}-${process.pid}.partial`);
  try {
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch, { recursive: true });
    const result = await fill(scratch);
    await rename(scratch, out);
    return result;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
