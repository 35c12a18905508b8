import type { TokenCounter } from "../../app/ports/corpus.js";
import { sha256 } from "../hash/sha256.js";

/** Counts tokens for the trainer `fake`. A token is one byte of UTF-8. */
export const byteCounter: TokenCounter = {
  // The fingerprint that this trainer reports for its tokenizer.
  fingerprint: sha256("bytes + end"),
  count: (text) => Buffer.byteLength(text),
};
