import { createHash } from "node:crypto";
import type { Hash } from "../../core/records/task.js";

/** SHA-256 of a text's UTF-8 bytes, hex. */
export const sha256: Hash = (text) => createHash("sha256").update(text, "utf8").digest("hex");
