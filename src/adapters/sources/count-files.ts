import { stat } from "node:fs/promises";
import { filesBelow } from "./folder.js";
import { endingOf } from "./formats.js";
import { InputFile } from "./readers/input-file.js";

/** Files of a source, by the ending by which they are read. */
export interface FileCounts {
  readonly read: Readonly<Record<string, number>>;
  /** Files of formats that are not read. */
  readonly others: number;
}

/**
 * Counts the files of a file or folder by their format, without opening them.
 *
 * @param name a source as `openSource` takes it
 * @returns null when the source is no file and no folder
 */
export async function countFiles(name: string): Promise<FileCounts | null> {
  const path = name.startsWith("file:") ? name.slice("file:".length) : name;
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  const read: Record<string, number> = {};
  let others = 0;
  const note = (file: string) => {
    const ending = endingOf(new InputFile(file).name);
    if (ending === null) others += 1;
    else read[ending] = (read[ending] ?? 0) + 1;
  };
  if (!found.isDirectory()) note(path);
  else for await (const entry of filesBelow(path)) if (entry.kind === "file") note(entry.path);
  return { read, others };
}
