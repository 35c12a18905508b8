import { readFile } from "node:fs/promises";
import { decodeText } from "./decode.js";
import type { Reader } from "./reader.js";

/** Reads `.txt` files. A file is one text. */
export const readPlain: Reader = async function* (path) {
  const text = decodeText(await readFile(path), path);
  yield { kind: "text", text, title: "", fragment: "", url: null, licence: null, language: null };
};
