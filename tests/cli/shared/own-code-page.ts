import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** How many tests pass, as the runner of Node.js says it for each command that runs tests of it. */
export const PASSES = ["ℹ pass 5", "ℹ pass 5"];

/** Name under which a block of code without a name is saved. */
export const UNNAMED = "short.test.ts";

/** The files and the commands that docs/own-code.md shows before its section about prompts. */
interface Page {
  /** Path and text of each file: the path is the heading, or the first line of the block. */
  readonly files: readonly (readonly [path: string, text: string])[];
  /** The lines of the blocks of `bash`. */
  readonly commands: readonly string[];
}

/** Reads docs/own-code.md, and writes its files into a folder as a reader would save them. */
export async function savePage(folder: string): Promise<Page> {
  const page = (await readFile("docs/own-code.md", "utf8")).split("\n## Your own prompts\n")[0] ?? "";
  const blocks = [...page.matchAll(/(?:### (\S+)\n\n)?```(ts|bash)\n(.*?)```/gs)];
  const files = blocks
    .filter(([, , language]) => language === "ts")
    .map(
      ([, heading, , text = ""]) => [heading ?? /^\/\/ (\S+)\n/.exec(text)?.[1] ?? UNNAMED, text] as const,
    );
  for (const [path, text] of files) await writeFile(join(folder, path), text);
  const commands = blocks
    .filter(([, , language]) => language === "bash")
    .flatMap(([, , , text = ""]) => text.trim().split("\n"));
  return { files, commands };
}
