import { createHash } from "node:crypto";
import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LeftOut } from "../../app/ports/corpus.js";
import { ensureFolder, syncFolder } from "../files/durable.js";
import { readLines } from "../files/lines.js";
import { damagedCorpus } from "./errors.js";
import { storePaths } from "./layout.js";

/** Name of the format, in the first line of each list. */
const SCHEMA = "spice.left-out/1";
/** Characters that are collected before a write. */
const BUFFER = 1 << 18;

/** The list of what is left out of one source, while the source is added. */
export class LeftOutList {
  readonly #path: string;
  readonly #temporary: string;
  #handle: FileHandle | null = null;
  #pending = "";

  /**
   * @param folder `left-out` of the store
   * @param formerSources other names of the source, whose lists are replaced
   */
  constructor(
    private readonly folder: string,
    private readonly source: string,
    private readonly formerSources: readonly string[] = [],
  ) {
    this.#path = join(folder, `${listName(source)}.jsonl`);
    this.#temporary = join(folder, `${listName(source)}.incoming`);
  }

  /** Adds an item. It is written to the file from time to time. */
  async add({ reason, where, detail }: LeftOut): Promise<void> {
    if (this.#handle === null) {
      await ensureFolder(this.folder);
      this.#handle = await open(this.#temporary, "w");
      this.#pending = `${JSON.stringify({ schema: SCHEMA, source: this.source })}\n`;
    }
    this.#pending += `${JSON.stringify({ reason, where, detail })}\n`;
    if (this.#pending.length >= BUFFER) await this.#flush(this.#handle);
  }

  /** Replaces the earlier list of the source. An empty list is no file. */
  async publish(): Promise<void> {
    for (const former of this.formerSources.filter((name) => name !== this.source))
      await removeLeftOut(this.folder, former);
    const handle = this.#handle;
    if (handle === null) {
      await rm(this.#path, { force: true });
      return;
    }
    await this.#flush(handle);
    await handle.sync();
    await handle.close();
    this.#handle = null;
    await rename(this.#temporary, this.#path);
    await syncFolder(this.folder);
  }

  /** Removes a list that was not published. */
  async discard(): Promise<void> {
    if (this.#handle === null) return;
    await this.#handle.close();
    this.#handle = null;
    await rm(this.#temporary, { force: true });
  }

  async #flush(handle: FileHandle): Promise<void> {
    const text = this.#pending;
    this.#pending = "";
    await handle.appendFile(text);
  }
}

/** Removes the list of a source. */
export async function removeLeftOut(folder: string, source: string): Promise<void> {
  await rm(join(folder, `${listName(source)}.jsonl`), { force: true });
}

function listName(source: string): string {
  return createHash("sha256").update(source).digest("hex").slice(0, 32);
}

/** What was left out of one source when the source was added last. */
export interface SourceLeftOut {
  readonly source: string;
  /** All items, read from disk one by one. */
  items(): AsyncIterable<LeftOut>;
}

/**
 * The lists of a store, in the order of the names of their sources. Sources without a list had
 * nothing to leave out.
 *
 * @throws SpiceError `CORPUS_DAMAGED` (exit 5), also while a list is read
 */
export async function leftOutLists(store: string): Promise<readonly SourceLeftOut[]> {
  const { leftOut: folder } = storePaths(store);
  const names = await readdir(folder).catch(() => []);
  const lists: SourceLeftOut[] = [];
  for (const name of names.filter((one) => one.endsWith(".jsonl"))) {
    const path = join(folder, name);
    lists.push({ source: await sourceOf(path), items: () => itemsOf(path) });
  }
  return lists.sort((a, b) => (a.source < b.source ? -1 : 1));
}

async function sourceOf(path: string): Promise<string> {
  for await (const { bytes } of readLines(path)) {
    const head = parsed(bytes, path);
    if (head["schema"] === SCHEMA && typeof head["source"] === "string") return head["source"];
    break;
  }
  throw damagedCorpus("A list of what was left out has no first line.", path);
}

async function* itemsOf(path: string): AsyncGenerator<LeftOut> {
  let isHead = true;
  for await (const { bytes } of readLines(path)) {
    if (!isHead) yield parsed(bytes, path) as unknown as LeftOut;
    isHead = false;
  }
}

function parsed(bytes: Buffer, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // A line that is no JSON is a damaged line too.
  }
  throw damagedCorpus("A list of what was left out cannot be read.", path);
}
