import { squeeze } from "../normalise.js";

/** `Label: value` lines by label, lower case. */
export type LabelledLines = ReadonlyMap<string, string>;

const LINE = /^([A-Z][A-Za-z ]{0,19}):[ \t]*(.*)$/;

/**
 * Reads a text that must consist of `Label: value` lines with exactly these labels in this order (case-insensitive, blank lines
 * between them allowed). Null for anything else: a missing, repeated, unknown or misplaced label, or text between lines.
 */
export function readLines(text: string, labels: readonly string[]): LabelledLines | null {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines.length !== labels.length) return null;
  const read = new Map<string, string>();
  for (const [index, label] of labels.entries()) {
    const match = LINE.exec(lines[index] as string);
    if (match?.[1]?.toLowerCase() !== label.toLowerCase()) return null;
    read.set(label.toLowerCase(), squeeze(match[2] as string));
  }
  return read;
}
