import { EXIT, SpiceError } from "../../app/errors.js";
import type { OwnCodeRecord } from "../../core/records/own-code.js";

/** A file of the user that is not as a run recorded it. */
export interface ChangedFile {
  /** Setting that names the module: `reward.module`. */
  readonly setting: string;
  /** Path of the module, as the configuration has it, or of a file that the module imports. */
  readonly path: string;
  /** Module that imports the file; null when the file is the module. */
  readonly importedBy: string | null;
  /** SHA-256 of the recorded file; null when there was none. */
  readonly was: string | null;
  /** SHA-256 of the present file; null when there is none. */
  readonly is: string | null;
}

/**
 * The files of rewards and checks that are not as a run recorded them.
 *
 * @param recorded what `RunReader.ownCode` says
 */
export function changedFiles(recorded: unknown, present: readonly OwnCodeRecord[]): readonly ChangedFile[] {
  const before = Array.isArray(recorded) ? (recorded as readonly OwnCodeRecord[]) : [];
  return present.flatMap(({ kind, setting, module, sha256, imports }) => {
    // A sink decides no result, so a corrected sink may go on with a run.
    if (kind === "sink") return [];
    const was = before.find((one) => one.setting === setting);
    const paths = [...new Set([...imports, ...(was?.imports ?? [])].map(({ path }) => path))];
    const digest = (imported: OwnCodeRecord["imports"] | undefined, path: string) =>
      imported?.find((one) => one.path === path)?.sha256 ?? null;
    const files: readonly ChangedFile[] = [
      { setting, path: module, importedBy: null, was: was?.sha256 ?? null, is: sha256 },
      ...paths.map((path) => ({
        setting,
        path,
        importedBy: module,
        was: digest(was?.imports, path),
        is: digest(imports, path),
      })),
    ];
    return files.filter((file) => file.was !== file.is);
  });
}

/** First digits of a digest, for people. */
export const shortDigest = (digest: string | null): string => digest?.slice(0, 16) ?? "none";

/** The error for a file that must be as it was. */
export function codeChanged({ setting, path, importedBy, was, is }: ChangedFile): SpiceError {
  const file = importedBy === null ? path : `${path}, which ${importedBy} imports,`;
  return new SpiceError(`The file ${file} is not the file that the run was played with.`, {
    code: "OWN_CODE_CHANGED",
    boundary: "own-code",
    where: `${setting}: SHA-256 ${shortDigest(is)}, recorded ${shortDigest(was)}`,
    hint: "Put the file back as it was. To go on with the changed file from the next step on: `spice train --resume <run> --accept-code`.",
    exit: EXIT.usage,
  });
}
