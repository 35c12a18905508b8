import { NO_METADATA, type Reader } from "./reader.js";

/** Reads `.txt` files, and files without an ending such as README. A file is one text. */
export const readPlain: Reader = async function* (file) {
  yield { kind: "text", text: await file.text(), title: "", fragment: "", metadata: NO_METADATA };
};
