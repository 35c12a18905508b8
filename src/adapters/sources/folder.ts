import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { SkipReason } from "../../app/ports/corpus.js";

/** A file of a folder, or an entry that is left out. */
export type FolderEntry =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "skip"; readonly path: string; readonly reason: SkipReason; readonly detail: string }
  | { readonly kind: "failed"; readonly path: string; readonly error: unknown };

/** Files beside which Sphinx lays the sources of its HTML pages. */
const SPHINX_INDEX = "searchindex.js";
const SPHINX_SOURCES = "_sources";

/**
 * All files of a folder and its subfolders, in the order of their names. Hidden entries are passed
 * over. Links are left out, so that no file comes twice and no folder contains itself.
 */
export async function* filesBelow(folder: string): AsyncGenerator<FolderEntry> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => ({ error }));
  if ("error" in entries) {
    yield { kind: "failed", path: folder, error: entries.error };
    return;
  }
  const isSphinx = entries.some(({ name }) => name === SPHINX_INDEX);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".")) continue;
    if (entry.isFile()) yield { kind: "file", path };
    else if (entry.isSymbolicLink()) {
      yield { kind: "skip", path, reason: "link", detail: "Links are not followed." };
    } else if (!entry.isDirectory()) {
      yield { kind: "skip", path, reason: "unsupported", detail: "This is neither a file nor a folder." };
    } else if (isSphinx && entry.name === SPHINX_SOURCES) {
      const detail = "The folder has the sources of the HTML pages beside it.";
      yield { kind: "skip", path, reason: "duplicate", detail };
    } else yield* filesBelow(path);
  }
}
