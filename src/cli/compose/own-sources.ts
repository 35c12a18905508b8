import { type OpenReader, openOwnSource, openReader } from "../../adapters/own-code/open-documents.js";
import type { LocalSourceOptions } from "../../adapters/sources/local-source.js";
import { openSource } from "../../adapters/sources/open-source.js";
import { userFormats, userSource } from "../../adapters/sources/own-documents.js";
import type { Source } from "../../app/ports/corpus.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { OwnCodeRecord } from "../../core/records/own-code.js";
import type { Output } from "../terminal/output.js";
import { ownCodeContext } from "./own-code.js";

/** Sources with the user's readers and the user's own sources. Disposing ends their threads. */
export interface ComposedSources extends AsyncDisposable {
  /** A source, and the code of the user that reads it. */
  readonly sources: readonly { readonly source: Source; readonly code: readonly OwnCodeRecord[] }[];
}

/** Before the path of a module that is a source. */
const OWN = "own:";

/**
 * Opens sources as `spice corpus add` names them: `own:<module>` for a source of the user. The
 * readers of `corpus.readers` come before the built-in readers.
 *
 * @throws SpiceError as `openSource`, `openReader` and `openOwnSource`
 */
export async function composeSources(
  names: readonly string[],
  reading: LocalSourceOptions,
  experiment: Experiment,
  output: Output,
): Promise<ComposedSources> {
  const context = ownCodeContext(experiment, output);
  const readers: OpenReader[] = [];
  const dispose = async () => {
    await Promise.all(readers.map((reader) => reader[Symbol.asyncDispose]()));
  };
  try {
    const formats: NonNullable<LocalSourceOptions["formats"]>[number][] = [];
    for (const [place, { endings, ...module }] of experiment.corpus.readers.entries()) {
      const reader = await openReader(module, place, context);
      readers.push(reader);
      const { loaded, parse } = reader;
      formats.push(...userFormats({ ...loaded, endings: endings ?? loaded.endings, parse }));
    }
    const options = formats.length === 0 ? reading : { ...reading, formats };
    const sources = await Promise.all(
      names.map(async (name) => {
        if (!name.startsWith(OWN))
          return { source: await openSource(name, options), code: readers.map(({ record }) => record) };
        const module = name.slice(OWN.length);
        const configured = experiment.corpus.sources.find((one) => one.module === module);
        const own = await openOwnSource({ module, options: configured?.options ?? {} }, context);
        return { source: userSource(module, own.read, reading), code: [own.record] };
      }),
    );
    return { sources, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
