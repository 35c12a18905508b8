/** A module of the user, as the configuration names it. */
export interface OwnModule {
  /** Path of the module, relative to the working directory. */
  readonly module: string;
  /** Options of the module. The module checks them when it is loaded. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a module of the user can be. */
export type OwnKind = "reward" | "check" | "reader" | "source" | "sink";

/** Files that a module of the user imports, with their digests. */
export interface OwnFile {
  /** Path, relative to the folder of the module. */
  readonly path: string;
  /** SHA-256 of the bytes, hex. */
  readonly sha256: string;
}

/**
 * Labels of the reason codes of the user's checks.
 *
 * @param recorded what `provenance.ownCode` of run.json says, and what later changes say; the last
 * one counts
 */
export function labelsOf(...recorded: readonly unknown[]): Readonly<Record<string, string>> {
  const records = recorded.flatMap((one) =>
    Array.isArray(one) ? (one as readonly Partial<OwnCodeRecord>[]) : [],
  );
  return Object.assign({}, ...records.map(({ codes }) => codes));
}

/** The identity of a module of the user, as run.json and the audit log store it. */
export interface OwnCodeRecord extends OwnModule {
  readonly kind: OwnKind;
  /** Setting that names the module: `reward.module`, `admission.own.0`. */
  readonly setting: string;
  /** Name and version that the module declares. */
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the bytes of the module, hex. */
  readonly sha256: string;
  /** Files that the module imports and that are in no package, in the order of their paths. */
  readonly imports: readonly OwnFile[];
  /** Reason codes of a check, each with its label in reports. */
  readonly codes?: Readonly<Record<string, string>>;
}
