/**
 * The thread that runs one module of the user. A thread can be ended while its code loops, and what
 * the code prints stays apart from the output of the program.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
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
import { definitionOf } from "./definition.js";
import { createLoader, loadedFiles, placeOf } from "./loader.js";
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

let definition: OwnDefinition | null = null;
let options: never;
let codes: Readonly<Record<string, string>> = {};
let documents: AsyncIterator<unknown> | null = null;
let session: SinkSession | null = null;
const stopped = new AbortController();

async function load(): Promise<LoadedModule> {
  const loader = await createLoader(aliases);
  let exported: unknown;
  try {
    exported = await loader.import(path, { default: true });
  } catch (error) {
    throw new Failed("load", messageOf(error), error);
  }
  try {
    definition = definitionOf(exported, kind);
  } catch (error) {
    throw new Failed("shape", messageOf(error));
  }
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
    imports: importsOf(loadedFiles(loader, aliases)),
    readsOpenBook: definition.spice === "reward" && definition.readsOpenBook === true,
    codes,
    endings: definition.spice === "reader" ? definition.endings : [],
    input: (definition.spice === "reader" ? definition.input : undefined) ?? "text",
    collection: definition.spice === "reader" && definition.collection === true,
  };
}

/** The files that the module imports, with their digests. */
function importsOf(loaded: readonly string[]): readonly OwnFile[] {
  return loaded
    .filter((file) => file !== path)
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
    return {
      kind: error.what,
      message: error.message,
      place: error.by === null ? null : placeOf(error.by, dirname(path)),
    };
  const isResult = error instanceof WrongResult;
  return {
    kind: isResult ? "result" : "threw",
    message: messageOf(error),
    place: isResult ? null : placeOf(error, dirname(path)),
  };
}

function messageOf(error: unknown): string {
  const text = error instanceof Error || isErrorLike(error) ? `${error.message}` : describeValue(error);
  return text.split("\n")[0] ?? "";
}

const isErrorLike = (error: unknown): error is { message: unknown } =>
  typeof error === "object" && error !== null && "message" in error;

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
