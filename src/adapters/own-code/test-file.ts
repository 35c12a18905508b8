import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { SpiceError } from "../../app/errors.js";
import type { Aliases } from "./loader.js";
import type { TestedModule, TestReport } from "./messages.js";

/** What a file of tests needs of the command that runs it. */
export interface TestFileOptions {
  readonly aliases: Aliases;
  /** Where the file prints: this process's stdout, or its stderr. */
  readonly printTo: "stdout" | "stderr";
}

/**
 * Runs a file of the user in a process of its own: a module, or tests of modules. Tests of
 * `node:test` run, and so does code at the top of the file.
 *
 * @param file path as the user gave it
 * @returns the modules that the file is or imports
 * @throws SpiceError `OWN_CODE_MISSING`, `OWN_CODE_SHAPE` (exit 2), `OWN_CODE_TEST` (exit 5)
 */
export async function testFile(file: string, options: TestFileOptions): Promise<readonly TestedModule[]> {
  const path = resolve(file);
  if (!existsSync(path)) throw missing(file);
  const program = fileURLToPath(new URL("./test-process.js", import.meta.url));
  const child = fork(program, [path, JSON.stringify(options.aliases)], {
    // One reporter on a terminal and elsewhere, and in each version of Node.js.
    execArgv: ["--test-reporter=spec"],
    stdio: ["ignore", options.printTo === "stdout" ? 1 : 2, 2, "ipc"],
  });
  let report: TestReport | null = null;
  child.on("message", (message) => {
    report = message as TestReport;
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return modulesOf(file, report, code ?? signal);
}

function modulesOf(
  file: string,
  report: TestReport | null,
  end: number | string | null,
): readonly TestedModule[] {
  if (report === null) throw failed(file, null, `It ended with ${end} before it was loaded.`);
  if ("message" in report) throw failed(file, report.place, report.message);
  if (end !== 0) throw failed(file, null, "A test failed; the lines above say which.");
  if (report.modules.length === 0) throw empty(file);
  return report.modules;
}

function missing(file: string): SpiceError {
  return new SpiceError("There is no file to test.", {
    code: "OWN_CODE_MISSING",
    boundary: "own-code",
    where: file,
    hint: "The path is relative to the working directory. Correct it, or run the command in the other folder.",
    exit: 2,
  });
}

/** A file of tests that tests nothing must not pass. */
function empty(file: string): SpiceError {
  return new SpiceError("The file defines no reward, check, reader, source or sink, and imports none.", {
    code: "OWN_CODE_SHAPE",
    boundary: "own-code",
    where: file,
    hint: "docs/own-code.md has an example of each kind.",
    exit: 2,
  });
}

function failed(file: string, place: string | null, message: string): SpiceError {
  const line = place?.startsWith(`${basename(file)}:`) ? place.slice(basename(file).length) : "";
  const other = place === null || line !== "" ? "" : ` → ${place}`;
  return new SpiceError(`The file did not pass: ${message}`, {
    code: "OWN_CODE_TEST",
    boundary: "own-code",
    where: `${file}${line}${other}`,
    hint: "Correct the module or its test, and run the file again.",
    exit: 5,
  });
}
