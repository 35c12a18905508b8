import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LocalSourceOptions } from "../../../src/adapters/sources/local-source.js";
import { openSource } from "../../../src/adapters/sources/open-source.js";
import type { DraftDocument, SourceItem } from "../../../src/app/ports/corpus.js";
import { collect } from "../support/run-fixtures.js";
import { tempFolder } from "../support/temp-folder.js";

/** Content of files, by their name in the folder. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** What the source of a path gives. */
export async function readPath(path: string, options: LocalSourceOptions = {}): Promise<SourceItem[]> {
  return collect((await openSource(path, options)).read());
}

/** What a folder with these files gives. */
export async function readFiles(files: Files, options: LocalSourceOptions = {}): Promise<SourceItem[]> {
  await using folder = await tempFolder();
  await writeFiles(folder.path, files);
  return await readPath(folder.path, options);
}

/** Writes files below a folder. */
export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

/** The documents among the items. */
export function documentsOf(items: readonly SourceItem[]): DraftDocument[] {
  return items.flatMap((item) => (item.kind === "document" ? [item.document] : []));
}

/** The reasons of what was left out, in order. */
export function reasonsOf(items: readonly SourceItem[]): string[] {
  return items.flatMap((item) => (item.kind === "skip" ? [item.reason] : []));
}

/** Title and text of each document of one file. */
export async function textsOf(name: string, content: string | Uint8Array, options: LocalSourceOptions = {}) {
  const documents = documentsOf(await readFiles({ [name]: content }, options));
  return documents.map(({ title, text }) => [title, text.trim()] as const);
}
