import { resolve } from "node:path";
import type { Source } from "../../app/ports/corpus.js";
import type { OwnDocument, OwnFileInput, OwnSkip } from "../../core/own-code/definitions.js";
import type { Format } from "./formats.js";
import { type LocalSourceOptions, toItems } from "./local-source.js";
import type { ReadText, Unread } from "./readers/reader.js";

/** What a reader of the user offers. */
export interface UserReader {
  /** Endings of file names, for example `.log`. */
  readonly endings: readonly string[];
  readonly input: "text" | "bytes";
  readonly collection: boolean;
  parse(file: OwnFileInput): Promise<readonly (OwnDocument | OwnSkip)[]>;
}

const NO_BYTES = new Uint8Array();

/** The formats that a reader of the user reads, by ending. */
export function userFormats(reader: UserReader): readonly (readonly [string, Format])[] {
  const format: Format = {
    isCollection: reader.collection,
    reader: async function* (file) {
      const { path } = file;
      const input: OwnFileInput =
        reader.input === "bytes"
          ? { path, text: "", bytes: await file.bytes() }
          : { path, text: await file.text(), bytes: NO_BYTES };
      const items = await reader.parse(input);
      for (const [index, item] of items.entries())
        yield toRead(item, items.length === 1 ? "" : String(index + 1));
    },
  };
  return reader.endings.map((ending) => [ending.toLowerCase(), format] as const);
}

/** The name of a source of the user. Addresses of its documents have the name of the file only. */
export function userSourceUri(module: string): string {
  return `own:${resolve(module)}`;
}

/**
 * The source of the user as a source of the program.
 *
 * @param module path of the module
 * @param read the documents, each with an `id`
 */
export function userSource(
  module: string,
  read: (signal?: AbortSignal) => AsyncIterable<OwnDocument | OwnSkip>,
  options: LocalSourceOptions,
): Source {
  const name = module.split(/[\\/]/).at(-1) ?? module;
  const format: Format = { isCollection: true, reader: async function* () {} };
  return {
    uri: userSourceUri(module),
    read: async function* (signal) {
      let number = 0;
      for await (const item of read(signal)) {
        number += 1;
        const fragment = item.id ?? `D${number}`;
        yield* toItems(toRead(item, fragment), { uri: `own:${name}`, name: fragment, format }, options);
      }
    },
  };
}

/** @param place name of the item when it has no `id` */
function toRead(item: OwnDocument | OwnSkip, place: string): ReadText | Unread {
  const fragment = item.id ?? place;
  if ("skip" in item) return { kind: "skip", reason: "skipped_by_own_code", fragment, detail: item.skip };
  const { text, title = "", url = null, license = null, language = null, kind = null, subject = null } = item;
  const { facts = [], optOut, splitKey } = item;
  return {
    kind: "text",
    text,
    title,
    fragment,
    metadata: {
      url,
      licence: license,
      language,
      kind,
      subject,
      facts,
      ...(optOut === true && { optOut }),
    },
    ...(splitKey !== undefined && { splitKey }),
  };
}
