/**
 * The process that runs one file of tests of the user. The test runner of Node.js reports when the
 * process ends, so each file has a process of its own.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import process from "node:process";
import type { OwnKind } from "../../core/records/own-code.js";
import { definitionOf, isDefined } from "./definition.js";
import { createLoader, loadedFiles, placeOf } from "./loader.js";
import type { TestedModule, TestReport } from "./messages.js";

const [, , path = "", aliasesJson = "{}"] = process.argv;
const aliases = JSON.parse(aliasesJson) as Readonly<Record<string, string>>;

process.send?.(await load());
process.disconnect();

/** Loads the file, with what it imports. Tests that the file declares run afterwards. */
async function load(): Promise<TestReport> {
  try {
    const loader = await createLoader(aliases);
    await loader.import(path);
    const modules: TestedModule[] = [];
    for (const file of loadedFiles(loader, aliases)) {
      const exported: unknown = loader.cache[file]?.exports?.default;
      if (!isDefined(exported)) continue;
      const { spice: kind, name, version } = definitionIn(file, exported);
      const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
      modules.push({ kind, name, version, path: file, sha256 });
    }
    return { modules };
  } catch (error) {
    process.exitCode = 1;
    const message = error instanceof Error ? error.message : String(error);
    return { message, place: placeOf(error, dirname(path)) };
  }
}

/** The module of a file. The error for a wrong module names the file. */
function definitionIn(file: string, exported: { readonly spice: OwnKind }) {
  try {
    return definitionOf(exported, exported.spice);
  } catch (error) {
    throw new Error(`${relative(dirname(path), file)}: ${(error as Error).message}`);
  }
}
