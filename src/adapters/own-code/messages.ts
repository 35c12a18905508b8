import type { OwnFile, OwnKind } from "../../core/records/own-code.js";

/** What a worker is started with. */
export interface WorkerInput {
  /** Absolute path of the module. */
  readonly path: string;
  readonly kind: OwnKind;
  readonly options: unknown;
  /** Files of the entry points of this package, by the name in an import. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Counts the answers to synchronous calls. Shape [1]. */
  readonly answered: Int32Array;
}

/** What a loaded module says about itself. */
export interface LoadedModule {
  readonly name: string;
  readonly version: string;
  readonly imports: readonly OwnFile[];
  /** Of a reward. */
  readonly readsOpenBook: boolean;
  /** Of a check. */
  readonly codes: Readonly<Record<string, string>>;
  /** Of a reader. */
  readonly endings: readonly string[];
  readonly input: "text" | "bytes";
  readonly collection: boolean;
}

/** A call of the module. */
export interface Call {
  readonly method: "load" | "reward" | "check" | "parse" | "next" | "open" | "step" | "close";
  readonly input?: unknown;
}

/** Why a call failed. */
export interface Failure {
  /**
   * `load`: the module threw while it was loaded. `shape`: it does not define what is needed.
   * `options`: it refuses its options. `threw`: a call threw. `result`: a call gave a wrong value.
   */
  readonly kind: "load" | "shape" | "options" | "threw" | "result";
  readonly message: string;
  /** Line of the module, for example `reward.ts:12:5`; null when it is unknown. */
  readonly place: string | null;
}

/** The answer to a call. */
export type Answer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly failure: Failure };

/** A module that a file of tests is, or imports. */
export interface TestedModule {
  readonly kind: OwnKind;
  readonly name: string;
  readonly version: string;
  /** Absolute path of the file. */
  readonly path: string;
  /** SHA-256 of the bytes of the file, hex. */
  readonly sha256: string;
}

/** What the process of a file of tests says when the file is loaded, or when loading it failed. */
export type TestReport =
  | { readonly modules: readonly TestedModule[] }
  | {
      readonly message: string;
      /** Line of the file; null when it is unknown. */
      readonly place: string | null;
    };
