import { createHash } from "node:crypto";
import type { Hash } from "../../core/records/task.js";

/** SHA-256 of the UTF-8 bytes of a text, in hexadecimal digits. */
export const sha256: Hash = (text) => createHash("sha256").update(text, "utf8").digest("hex");
