import { SpiceError } from "../../app/errors.js";
import type { OwnDocument, OwnFileInput, OwnSkip } from "../../core/own-code/definitions.js";
import type { OwnCodeRecord, OwnModule } from "../../core/records/own-code.js";
import type { LoadedModule } from "./messages.js";
import { type OpenModule, type OwnCodeContext, openModule } from "./open-module.js";

/** A document of the user's code, or a part that is left out. */
export type OwnItem = OwnDocument | OwnSkip;

/** A reader of the user. Disposing ends its thread. */
export interface OpenReader extends AsyncDisposable {
  readonly record: OwnCodeRecord;
  readonly loaded: Pick<LoadedModule, "endings" | "input" | "collection">;
  /**
   * The documents of one file.
   *
   * @throws SpiceError `OWN_CODE_THREW`, `OWN_CODE_RESULT`, `OWN_CODE_TIMEOUT`, `OWN_CODE_ENDED`
   * (exit 2)
   */
  parse(file: OwnFileInput): Promise<readonly OwnItem[]>;
}

/** Errors after which the thread is gone. The next file gets a new thread. */
const GONE = new Set(["OWN_CODE_TIMEOUT", "OWN_CODE_ENDED"]);

/**
 * Loads a reader of the user.
 *
 * @param place place of the reader in `corpus.readers`
 * @throws SpiceError as `openModule`
 */
export async function openReader(
  module: OwnModule,
  place: number,
  context: OwnCodeContext,
): Promise<OpenReader> {
  const open = () => openModule("reader", `corpus.readers.${place}`, module, context);
  const first = await open();
  let present: OpenModule | null = first;
  return {
    record: first.record,
    loaded: first.loaded,
    parse: async (file) => {
      present ??= await open();
      try {
        return (await present.worker.callLater({ method: "parse", input: file })) as readonly OwnItem[];
      } catch (error) {
        if (error instanceof SpiceError && GONE.has(error.code)) present = null;
        throw error;
      }
    },
    [Symbol.asyncDispose]: async () => {
      await present?.worker[Symbol.asyncDispose]();
    },
  };
}

/** A source of the user. Its thread ends with the reading. */
export interface OpenOwnSource {
  readonly record: OwnCodeRecord;
  /** @throws SpiceError as `OpenReader.parse`, or the reason of the signal */
  read(signal?: AbortSignal): AsyncIterable<OwnItem>;
}

/** Loads a source of the user. @throws SpiceError as `openModule` */
export async function openOwnSource(module: OwnModule, context: OwnCodeContext): Promise<OpenOwnSource> {
  const { worker, record } = await openModule("source", `own:${module.module}`, module, context);
  return {
    record,
    read: async function* (signal) {
      try {
        for (;;) {
          const item = await worker.callLater({ method: "next" }, signal);
          if (item === null) return;
          yield item as OwnItem;
        }
      } finally {
        await worker[Symbol.asyncDispose]();
      }
    },
  };
}
