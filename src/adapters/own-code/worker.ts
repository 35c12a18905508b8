/**
 * The thread that runs one module of the user. A thread can be ended while its code loops, and what
 * the code prints stays apart from the output of the program.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { createJiti } from "jiti";
import type { OwnDefinition, SinkSession } from "../../core/own-code/definitions.js";
import {
  codesOf,
  describeValue,
  readCheckResult,
  readDocument,
  readDocuments,
  readReward,
  WrongResult,
} from "../../core/own-code/results.js";
import type { OwnFile } from "../../core/records/own-code.js";
import type { Answer, Call, Failure, LoadedModule, WorkerInput } from "./messages.js";
import { forbidChance } from "./pure.js";

const { path, kind, options: given, aliases, answered } = workerData as WorkerInput;

/** A failure with its kind. */
class Failed extends Error {
  constructor(
    readonly what: Failure["kind"],
    message: string,
    readonly by: unknown = null,
  ) {
    super(message);
  }
}

/** The name that modules import. */
const OWN_CODE = "spice-orchestrator/own-code";

let definition: OwnDefinition | null = null;
let options: never;
let codes: Readonly<Record<string, string>> = {};
let documents: AsyncIterator<unknown> | null = null;
let session: SinkSession | null = null;
const stopped = new AbortController();

async function load(): Promise<LoadedModule> {
  // jiti compiles TypeScript. With `tryNative` off it loads every file that is not in a package, so
  // that its cache lists them.
  const { [OWN_CODE]: entry = "", ...others } = aliases;
  const jiti = createJiti(import.meta.url, {
    moduleCache: true,
    fsCache: false,
    tryNative: false,
    nativeModules: ["zod", "spice-orchestrator"],
    alias: others,
    // Compiled once with this thread, and not again for the module.
    virtualModules: { [OWN_CODE]: await import(pathToFileURL(entry).href) },
  });
  let exported: unknown;
  try {
    exported = await jiti.import(path, { default: true });
  } catch (error) {
    throw new Failed("load", messageOf(error), error);
  }
  definition = readDefinition(exported);
  try {
    options = (definition.options === undefined ? given : definition.options.parse(given)) as never;
  } catch (error) {
    throw new Failed("options", issuesOf(error));
  }
  codes = definition.spice === "check" ? codesOf(definition) : {};
  if (kind === "reward" || kind === "check" || kind === "reader") forbidChance(kind);
  return {
    name: definition.name,
    version: definition.version,
    imports: importsOf(Object.keys(jiti.cache)),
    readsOpenBook: definition.spice === "reward" && definition.readsOpenBook === true,
    codes,
    endings: definition.spice === "reader" ? definition.endings : [],
    input: (definition.spice === "reader" ? definition.input : undefined) ?? "text",
    collection: definition.spice === "reader" && definition.collection === true,
  };
}

const METHODS = { reward: "reward", check: "check", reader: "parse", source: "read", sink: "open" } as const;

function readDefinition(exported: unknown): OwnDefinition {
  const define = `define${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  if (typeof exported !== "object" || exported === null || !("spice" in exported))
    throw new Failed("shape", `The module must have \`export default ${define}({ ... })\`.`);
  const found = exported as Readonly<Record<string, unknown>>;
  if (found["spice"] !== kind)
    throw new Failed("shape", `The module defines a ${String(found["spice"])}; a ${kind} is needed here.`);
  const { name, version } = found;
  if (typeof name !== "string" || !/^[a-z][a-z0-9_-]{0,39}$/.test(name))
    throw new Failed(
      "shape",
      "`name` must begin with a small letter and have at most 40 letters, digits, - and _.",
    );
  if (typeof version !== "string" || version === "")
    throw new Failed("shape", '`version` must be a text, for example "1".');
  if (typeof found[METHODS[kind]] !== "function")
    throw new Failed("shape", `A ${kind} must have the function \`${METHODS[kind]}\`.`);
  const { endings } = found;
  const areEndings = Array.isArray(endings) && endings.every((one) => /^\.[^/\\]+$/.test(String(one)));
  if (kind === "reader" && !areEndings)
    throw new Failed("shape", '`endings` must be a list of endings with a dot, for example [".log"].');
  return exported as OwnDefinition;
}

/** Files that the module loaded and that are in no package. */
function importsOf(loaded: readonly string[]): readonly OwnFile[] {
  const own = new Set(Object.values(aliases).map((file) => dirname(file)));
  return loaded
    .filter((file) => file !== path && !file.includes(`${sep}node_modules${sep}`))
    .filter((file) => ![...own].some((folder) => file.startsWith(folder + sep)))
    .map((file) => ({
      path: relative(dirname(path), file).split(sep).join("/"),
      sha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Calls that end without waiting. */
function callNow({ method, input }: Call): unknown {
  if (method === "reward" && definition?.spice === "reward")
    return readReward(definition.reward(input as never, options));
  if (method === "check" && definition?.spice === "check")
    return readCheckResult(definition.check(input as never, options), definition.name, codes);
  throw new Error(`${method} cannot be called on this module`);
}

/** Calls that may wait. */
async function callLater({ method, input }: Call): Promise<unknown> {
  switch (method) {
    case "load":
      return load();
    case "parse":
      if (definition?.spice === "reader") return readDocuments(definition.parse(input as never, options));
      break;
    case "next": {
      if (definition?.spice !== "source") break;
      documents ??= iteratorOf(definition.read(options, stopped.signal));
      const { done, value } = await documents.next();
      return done === true ? null : readDocument(value);
    }
    case "open": {
      if (definition?.spice !== "sink") break;
      const opened = await definition.open(input as never, options);
      if (typeof opened?.step !== "function")
        throw new WrongResult(`\`open\` must return an object with \`step\`, not ${describeValue(opened)}.`);
      session = opened;
      return null;
    }
    case "step":
      await session?.step(input as never);
      return null;
    case "close":
      stopped.abort();
      await session?.close?.();
      return null;
  }
  throw new Error(`${method} cannot be called on this module`);
}

function iteratorOf(value: unknown): AsyncIterator<unknown> {
  const found = (value as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator];
  if (typeof found === "function") return found.call(value);
  throw new WrongResult(
    `\`read\` must be \`async *read() { ... }\`, and it returned ${describeValue(value)}.`,
  );
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failed)
    return { kind: error.what, message: error.message, place: error.by === null ? null : placeOf(error.by) };
  const isResult = error instanceof WrongResult;
  return {
    kind: isResult ? "result" : "threw",
    message: messageOf(error),
    place: isResult ? null : placeOf(error),
  };
}

function messageOf(error: unknown): string {
  const text = error instanceof Error || isErrorLike(error) ? `${error.message}` : describeValue(error);
  return text.split("\n")[0] ?? "";
}

const isErrorLike = (error: unknown): error is { message: unknown } =>
  typeof error === "object" && error !== null && "message" in error;

/** The first place of the stack that is in the folder of the module. */
function placeOf(error: unknown): string | null {
  const stack = (error as { stack?: unknown } | null)?.stack;
  const lines = typeof stack === "string" ? stack.split("\n") : [];
  const folder = dirname(path) + sep;
  for (const line of lines) {
    const at = line.indexOf(folder);
    if (at >= 0 && !line.includes(`${sep}node_modules${sep}`))
      return line.slice(at + folder.length).replace(/\)$/, "");
  }
  return null;
}

/** The problems that zod found, each with its path; else the message of the error. */
function issuesOf(error: unknown): string {
  const issues = (error as { issues?: unknown } | null)?.issues;
  if (!Array.isArray(issues)) return messageOf(error);
  return issues
    .map(({ path: at = [], message }: { path?: readonly PropertyKey[]; message?: string }) =>
      at.length === 0 ? message : `${at.map(String).join(".")}: ${message}`,
    )
    .join("; ");
}

function answerNow(call: Call): Answer {
  try {
    return { ok: true, value: callNow(call) };
  } catch (error) {
    return { ok: false, failure: failureOf(error) };
  }
}

async function answerLater(call: Call): Promise<Answer> {
  try {
    return { ok: true, value: await callLater(call) };
  } catch (error) {
    return { ok: false, failure: failureOf(error) };
  }
}

parentPort?.on("message", async (message: Call | { readonly port: MessagePort }) => {
  if ("port" in message) {
    const { port } = message;
    port.on("message", (call: Call) => {
      port.postMessage(answerNow(call));
      Atomics.add(answered, 0, 1);
      Atomics.notify(answered, 0);
    });
    return;
  }
  const answer = await answerLater(message);
  try {
    parentPort?.postMessage(answer);
  } catch (error) {
    // A value that cannot be copied, for example a function.
    const text = `The value cannot be passed on: ${messageOf(error)}.`;
    parentPort?.postMessage({ ok: false, failure: { kind: "result", message: text, place: null } });
  }
});
