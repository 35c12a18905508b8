import { createHash } from "node:crypto";
import type { Experiment } from "../core/experiment/experiment.js";

/** JSON with sorted keys and without white space. Equal data gives equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256 of the canonical JSON of a resolved experiment, in hexadecimal digits. */
export function experimentDigest(experiment: Experiment): string {
  return createHash("sha256").update(canonicalJson(experiment)).digest("hex");
}
