import { existsSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OwnCodeRecord } from "../../core/records/own-code.js";

/** The code of the user that read the documents of a source. */
export interface SourceCode {
  readonly source: string;
  readonly modules: readonly OwnCodeRecord[];
}

const FILE = "own-code.jsonl";

/**
 * Notes the code of the user that read a source, beside the snapshots. Most stores have no such
 * list.
 */
export async function noteSourceCode(store: string, code: SourceCode): Promise<void> {
  if (code.modules.length === 0 && !existsSync(join(store, FILE))) return;
  await appendFile(join(store, FILE), `${JSON.stringify(code)}\n`);
}

/**
 * The code of the user that read these sources last. A line that cannot be read is passed over: the
 * list explains a snapshot and decides nothing.
 */
export async function sourceCodeOf(
  store: string,
  sources: readonly string[],
): Promise<readonly SourceCode[]> {
  const text = await readFile(join(store, FILE), "utf8").catch(() => "");
  const last = new Map<string, SourceCode>();
  for (const line of text.split("\n")) {
    try {
      const code = JSON.parse(line) as SourceCode;
      last.set(code.source, code);
    } catch {
      // An interrupted command can leave half a line.
    }
  }
  return sources.flatMap((source) => {
    const code = last.get(source);
    return code === undefined || code.modules.length === 0 ? [] : [code];
  });
}
