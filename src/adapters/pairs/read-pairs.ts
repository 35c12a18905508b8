import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import { SpiceError } from "../../app/errors.js";
import { isVerifiable } from "../../core/answers/verify.js";
import { FREE_ANSWER_TYPES } from "../../core/records/answer.js";
import type { Document } from "../../core/records/document.js";
import type { Hash } from "../../core/records/task.js";
import { normalizeText } from "../../core/text/document-text.js";
import { answerKey } from "../../core/text/normalize.js";
import { findSpan } from "../../core/text/spans.js";
import type { GivenPair, PairedText } from "../../core/warmup/pairs.js";
import { errorCode, fileError } from "../files/errors.js";
import { splitLines } from "../files/lines.js";

const line = z.object({
  text: z.string().min(1),
  question: z.string().min(1),
  answer: z.union([z.string().min(1), z.number().transform(String)]),
  type: z.enum(FREE_ANSWER_TYPES).default("string"),
  wrong: z.array(z.string().min(1)).default([]),
  title: z.string().default(""),
});

/** The pairs of a file, by their texts. */
export interface ReadPairs {
  readonly texts: readonly PairedText[];
  /** Number of pairs that can be used. */
  readonly pairs: number;
  /**
   * Lines that contradict their text or another line, from 1: the answer does not stand in the
   * text, is not of its type, is among the wrong options, or another line of the same text has
   * another answer to the same question.
   */
  readonly contradicted: readonly number[];
}

/**
 * Reads `warmup.pairs`: one JSON object on each line with `text`, `question` and `answer`, and
 * perhaps `type` (default `string`), `wrong` (wrong options) and `title`. Other fields are ignored.
 * Pairs with the same text share one document. A pair that contradicts its text or an earlier line
 * is left out (`ReadPairs.contradicted`).
 *
 * @throws SpiceError `PAIRS_UNREADABLE` (exit 2) for a line that is no pair, and for a file without
 * any usable pair; `PAIRS_MISSING` (exit 2) when the path leads to no file
 */
export async function readPairs(path: string, hash: Hash): Promise<ReadPairs> {
  const byText = new Map<string, { title: string; pairs: GivenPair[] }>();
  const contradicted: number[] = [];
  let number = 0;
  let pairs = 0;
  try {
    for await (const { bytes } of splitLines(createReadStream(path))) {
      number += 1;
      const content = bytes.toString("utf8").trim();
      if (content === "") continue;
      const { text: raw, question, answer, type, wrong, title } = parse(content, path, number);
      const text = normalizeText(raw);
      const known = byText.get(text)?.pairs.find((one) => one.question === question);
      const second = known !== undefined && answerKey(known.answer) !== answerKey(answer);
      const twoRight = wrong.some((one) => answerKey(one) === answerKey(answer));
      if (findSpan(text, answer) === null || !isVerifiable(answer, type) || second || twoRight) {
        contradicted.push(number);
        continue;
      }
      const entry = byText.get(text) ?? { title, pairs: [] };
      byText.set(text, entry);
      entry.pairs.push({ question, answer, answerType: type, wrong });
      pairs += 1;
    }
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes(errorCode(error) ?? "")) throw missing(path, error);
    throw fileError(error, "reading the pairs of the warm start", path, "config");
  }
  if (pairs === 0) {
    const why =
      contradicted.length === 0
        ? "The file contains no pair."
        : `No pair can be used: each contradicts its text, its type or another line (line ${contradicted[0]} is the first).`;
    throw unreadable(why, path);
  }
  const texts = [...byText].map(([text, entry]) => pairedText(text, entry, path, hash));
  return { texts, pairs, contradicted };
}

function parse(content: string, path: string, number: number): z.infer<typeof line> {
  const where = `${path}:${number}`;
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw unreadable("The line is not JSON.", where, error);
  }
  const parsed = line.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(`The line is no pair: ${issue?.path.join(".") || "object"}: ${issue?.message}.`, where);
}

function pairedText(
  text: string,
  { title, pairs }: { readonly title: string; readonly pairs: readonly GivenPair[] },
  path: string,
  hash: Hash,
): PairedText {
  const sourceUri = `pairs:${basename(path)}`;
  const id = hash(`${sourceUri}\n${text}`);
  const document: Document = {
    id,
    text,
    title,
    sourceUri,
    licence: "unknown",
    language: "unknown",
    splitKey: id,
    subject: "",
    kind: "pairs",
    facts: [],
  };
  const segment = { id: `${id}:0-${text.length}`, document, start: 0, end: text.length, text, tokens: 0 };
  return { segment, pairs };
}

function missing(path: string, cause: unknown): SpiceError {
  return new SpiceError("There is no file with pairs at the path in warmup.pairs.", {
    code: "PAIRS_MISSING",
    boundary: "config",
    where: `warmup.pairs → ${path}`,
    hint: "Put the file there, or correct warmup.pairs; the path is relative to the working directory. `warmup.pairs: null` uses no pairs (docs/your-documents.md).",
    exit: 2,
    cause,
  });
}

function unreadable(message: string, where: string, cause?: unknown): SpiceError {
  return new SpiceError(message, {
    code: "PAIRS_UNREADABLE",
    boundary: "config",
    where,
    hint: 'Give lines like {"text": "...", "question": "...", "answer": "..."}, where the answer stands in the text.',
    exit: 2,
    ...(cause === undefined ? {} : { cause }),
  });
}
