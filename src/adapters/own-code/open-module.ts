import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { OwnCodeRecord, OwnKind, OwnModule } from "../../core/records/own-code.js";
import { missing, type Named } from "./errors.js";
import type { LoadedModule } from "./messages.js";
import { OwnWorker, type OwnWorkerOptions } from "./own-worker.js";

/** What all modules of one command have in common. */
export interface OwnCodeContext
  extends Pick<OwnWorkerOptions, "aliases" | "callTimeoutMs" | "waitTimeoutMs"> {
  /** Receives what the code prints: the name of the module and one line. */
  readonly print: (module: string, line: string) => void;
}

/** A module that is loaded in a thread of its own. */
export interface OpenModule {
  readonly worker: OwnWorker;
  readonly loaded: LoadedModule;
  readonly record: OwnCodeRecord;
}

/**
 * Loads a module of the user.
 *
 * @param setting the setting that names the module, for errors and records
 * @throws SpiceError `OWN_CODE_MISSING`, `OWN_CODE_LOAD`, `OWN_CODE_SHAPE`, `OWN_CODE_OPTIONS`,
 * `OWN_CODE_TIMEOUT`, `OWN_CODE_ENDED` (exit 2)
 */
export async function openModule(
  kind: OwnKind,
  setting: string,
  { module, options }: OwnModule,
  context: OwnCodeContext,
): Promise<OpenModule> {
  const named: Named = { kind, setting, module };
  const path = resolve(module);
  const bytes = await readFile(path).catch(() => null);
  if (bytes === null) throw missing(named);
  const worker = new OwnWorker({
    named,
    path,
    options,
    aliases: context.aliases,
    callTimeoutMs: context.callTimeoutMs,
    waitTimeoutMs: context.waitTimeoutMs,
    print: (line) => context.print(module, line),
  });
  try {
    const loaded = await worker.load();
    const record: OwnCodeRecord = {
      kind,
      setting,
      name: loaded.name,
      version: loaded.version,
      module,
      options,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      imports: loaded.imports,
      ...(kind === "check" && { codes: loaded.codes }),
    };
    return { worker, loaded, record };
  } catch (error) {
    await worker[Symbol.asyncDispose]();
    throw error;
  }
}
