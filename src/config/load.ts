import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { SpiceError } from "../app/errors.js";
import { isTree, type Layer, type Tree } from "./layers.js";
import { packageEntries } from "./package-entries.js";

/** Names of configuration files in the working directory. The first file that exists is used. */
export const CONFIG_FILES = [
  "spice.config.ts",
  "spice.config.yaml",
  "spice.config.yml",
  "spice.config.json",
] as const;

/** The name that configuration files import. */
const PACKAGE = "spice-orchestrator";

/** The configuration file of a folder; null when there is none. */
export function findConfig(folder: string): string | null {
  const found = CONFIG_FILES.map((name) => resolve(folder, name)).find((path) => existsSync(path));
  return found ?? null;
}

/**
 * Reads the layers of a file: the file that it extends, if any, then the file itself.
 *
 * @throws SpiceError `CONFIG_NOT_FOUND`, `CONFIG_FILE` (exit 2)
 */
export async function loadLayers(path: string): Promise<Layer[]> {
  const { extends: base, $schema: _, ...values } = await loadTree(path);
  const own = { name: basename(path), values };
  if (base === undefined) return [own];
  if (typeof base !== "string") throw invalid(path, "`extends` must be the path of a file.", "extends");
  const basePath = resolve(dirname(path), base);
  const { extends: deeper, $schema: __, ...baseValues } = await loadTree(basePath);
  if (deeper !== undefined)
    throw invalid(basePath, "A file that is extended may not extend another.", "extends");
  return [{ name: `${basename(basePath)} (extended)`, values: baseValues }, own];
}

async function loadTree(path: string): Promise<Tree> {
  const value = await read(path);
  if (!isTree(value)) throw invalid(path, "A configuration must be an object of settings.");
  refuseCode(value, path, []);
  return value;
}

async function read(path: string): Promise<unknown> {
  const kind = extname(path);
  if (kind === ".ts" || kind === ".mts" || kind === ".js" || kind === ".mjs") return readModule(path);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
  if (kind === ".json") {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw invalid(path, `The file is not JSON: ${message(error)}.`);
    }
  }
  if (kind === ".yaml" || kind === ".yml") {
    const { parseDocument } = await import("yaml");
    const document = parseDocument(text);
    const problem = document.errors[0];
    if (problem !== undefined) throw invalid(path, `The file is not YAML: ${problem.message.split("\n")[0]}`);
    return document.toJS() ?? {};
  }
  throw invalid(path, `A configuration is a .ts, .yaml or .json file, not \`${kind || basename(path)}\`.`);
}

async function readModule(path: string): Promise<unknown> {
  if (!existsSync(path)) throw unreadable(path, new Error("no such file"));
  const { createJiti } = await import("jiti");
  const { [PACKAGE]: entry = "", ...others } = packageEntries();
  const jiti = createJiti(import.meta.url, {
    moduleCache: false,
    fsCache: false,
    alias: others,
    // The modules of this process, which jiti does not compile again.
    virtualModules: { [PACKAGE]: await import(pathToFileURL(entry).href) },
  });
  try {
    const exported: unknown = await jiti.import(path, { default: true });
    return typeof exported === "function" ? await exported() : exported;
  } catch (error) {
    throw invalid(path, `The file could not be run: ${message(error).split("\n")[0]}`, undefined, error);
  }
}

/**
 * Throws when a configuration contains anything but data, because a run must be repeatable from its
 * config.json.
 */
function refuseCode(value: unknown, path: string, at: readonly (string | number)[]): void {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) {
    value.forEach((member, index) => {
      refuseCode(member, path, [...at, index]);
    });
    return;
  }
  if (typeof value === "object") {
    const prototype = Object.getPrototypeOf(value);
    // Objects of another realm (jiti) have another Object.prototype. The prototype of a plain
    // object has no prototype itself.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      throw invalid(
        path,
        `A ${value.constructor?.name ?? "class instance"} is not data that can be saved.`,
        at.join("."),
      );
    }
    for (const [key, member] of Object.entries(value)) refuseCode(member, path, [...at, key]);
    return;
  }
  if (["string", "number", "boolean"].includes(typeof value)) return;
  throw invalid(path, `A ${typeof value} is not data that can be saved.`, at.join("."));
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function unreadable(path: string, cause: unknown): SpiceError {
  return new SpiceError("The configuration file could not be read.", {
    code: "CONFIG_NOT_FOUND",
    boundary: "config",
    where: path,
    hint: "Give an existing file with -c, or write one with `spice init`.",
    exit: 2,
    cause,
  });
}

function invalid(path: string, text: string, key?: string, cause?: unknown): SpiceError {
  return new SpiceError(text, {
    code: "CONFIG_FILE",
    boundary: "config",
    where: key ? `${basename(path)} → ${key}` : path,
    hint: "docs/configuration.md shows the form of each setting.",
    exit: 2,
    ...(cause === undefined ? {} : { cause }),
  });
}
