import { realpath } from "node:fs/promises";
import { basename, isAbsolute, posix, relative, resolve, sep } from "node:path";

/** Names of a source of local files. */
export interface LocalNames {
  /** `file:` and the whole path, without links. The spelling of the path does not matter. */
  readonly uri: string;
  /** Names that a store of an earlier version can have for the same source. */
  readonly formerUris: readonly string[];
}

/** The names of a file or folder, whether or not it exists. */
export async function localNames(path: string): Promise<LocalNames> {
  const whole = resolve(path);
  const uri = fileUri(await realpath(whole).catch(() => whole));
  const fromHere = relative(process.cwd(), whole);
  const former = fromHere.startsWith("..") || isAbsolute(fromHere) ? whole : fromHere;
  return { uri, formerUris: [fileUri(former === "" ? "." : former), fileUri(whole)] };
}

/**
 * The address of a file in a source: the name of the given file or folder, and the path below it.
 *
 * @param root whole path of the given file or folder
 */
export function addressBelow(root: string, path: string): string {
  return fileUri(posix.join(basename(root), ...relative(root, path).split(sep)));
}

function fileUri(path: string): string {
  return `file:${path.split(sep).join(posix.sep)}`;
}
