import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { SpiceError } from "../../app/errors.js";
import type { EvaluationItem, EvaluationSet } from "../../core/admission/contamination/evaluation-set.js";

/** Field names of known benchmarks. The first match is used. */
const FIELDS = {
  id: ["id", "_id", "question_id", "unique_id", "key"],
  question: ["question", "problem", "prompt", "query", "input", "text", "sentence"],
  answer: ["answer", "target", "gold", "solution", "output", "label", "answers"],
};

/** Largest unpacked file, in bytes. The limit protects against decompression bombs. */
const MAX_BYTES = 1 << 30;

/**
 * Reads an evaluation set, plain or gzipped. Each line is a JSON object with a question, and
 * perhaps an answer and an id. The fields may be inside an object `doc` (lm-eval, oe-eval). Lines
 * without a question are left out.
 *
 * @returns the set, named after its file, with the SHA-256 of the file's bytes
 * @throws SpiceError `EVALUATION_SET_UNREADABLE` (exit 2)
 */
export async function readEvaluationSet(path: string): Promise<EvaluationSet> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadable(path, "The evaluation set cannot be read.", error);
  });
  let text: string;
  try {
    const plain = path.endsWith(".gz") ? gunzipSync(bytes, { maxOutputLength: MAX_BYTES }) : bytes;
    text = new TextDecoder("utf-8", { fatal: true }).decode(plain);
  } catch (error) {
    throw unreadable(path, "The evaluation set is damaged, or is not UTF-8.", error);
  }
  const items = text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    return toItem(line, index + 1, path) ?? [];
  });
  if (items.length === 0) throw unreadable(path, "The evaluation set contains no question.");
  return { name: basename(path), digest: createHash("sha256").update(bytes).digest("hex"), items };
}

function toItem(line: string, number: number, path: string): EvaluationItem | null {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch (error) {
    throw unreadable(`${path}:${number}`, "A line of the evaluation set is not JSON.", error);
  }
  if (!isRecord(record)) return null;
  const inner = isRecord(record["doc"]) ? record["doc"] : record;
  const question = firstText(inner, FIELDS.question);
  if (question === null) return null;
  return {
    id: firstText(inner, FIELDS.id) ?? firstText(record, FIELDS.id) ?? `line ${number}`,
    question,
    answer: firstText(inner, FIELDS.answer) ?? "",
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstText(record: Readonly<Record<string, unknown>>, names: readonly string[]): string | null {
  for (const name of names) {
    const value = record[name];
    const first = Array.isArray(value) ? value[0] : value;
    if (typeof first === "string" && first.trim() !== "") return first;
    if (typeof first === "number") return String(first);
  }
  return null;
}

function unreadable(where: string, message: string, cause?: unknown): SpiceError {
  return new SpiceError(message, {
    code: "EVALUATION_SET_UNREADABLE",
    boundary: "config",
    where,
    hint: "admission.contamination.sets names .jsonl or .jsonl.gz files with `question` and `answer` on each line.",
    exit: 2,
    ...(cause === undefined ? {} : { cause }),
  });
}
