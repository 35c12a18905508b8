import { createHash } from "node:crypto";
import type { Experiment } from "../core/experiment/experiment.js";

/** JSON with sorted keys and no white space: equal data, equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonicalJson(one)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256 of the canonical JSON of a resolved experiment, hex. */
export function experimentDigest(experiment: Experiment): string {
  return createHash("sha256").update(canonicalJson(experiment)).digest("hex");
}
