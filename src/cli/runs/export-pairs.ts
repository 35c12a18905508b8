import { createWriteStream, existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileError } from "../../adapters/files/errors.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import { type TaskEntry, taskEntries } from "../../core/analysis/listing/task-list.js";
import type { FindSegment } from "../../core/analysis/samples.js";
import type { Episode } from "../../core/records/episode.js";
import { findSpan } from "../../core/text/spans.js";

/** What an export wrote and left out. */
export interface ExportedPairs {
  readonly pairs: number;
  /** Tasks that an earlier line asks already. */
  readonly repeats: number;
  /** Tasks whose answer does not stand in the text of their segment. */
  readonly withoutEvidence: number;
  /** Tasks whose gold answer the facts of the document contradict. */
  readonly wrongGold: number;
  /** Tasks whose document the corpus does not have. */
  readonly withoutDocument: number;
}

/** What an export needs. */
export interface ExportOptions {
  readonly episodes: AsyncIterable<Episode>;
  readonly selected: (entry: TaskEntry) => Promise<boolean>;
  readonly findSegment: FindSegment;
  readonly path: string;
  /** Most lines that are written; Infinity for all. */
  readonly limit: number;
  /** True: a file with this path is replaced. */
  readonly force: boolean;
}

/**
 * Writes admitted tasks as pairs for `warmup.pairs`, in the order of the run: one JSON object on
 * each line. Tasks that could not be used as pairs are counted and left out. The file appears whole
 * or not at all.
 *
 * @throws SpiceError `FILE_EXISTS` (exit 2) without `force`; other codes when the file cannot be
 * written
 */
export async function exportPairs(options: ExportOptions): Promise<ExportedPairs> {
  const { episodes, selected, findSegment, path, limit } = options;
  if (!options.force && existsSync(path)) throw fileExists(path);
  const counts = { pairs: 0, repeats: 0, withoutEvidence: 0, wrongGold: 0, withoutDocument: 0 };
  const seen = new Set<string>();
  async function* lines(): AsyncGenerator<string> {
    for await (const episode of episodes) {
      for (const entry of taskEntries(episode)) {
        if (counts.pairs >= limit) return;
        if (!(await selected(entry))) continue;
        const line = await lineOf(entry);
        if (line !== null) yield line;
      }
    }
  }
  async function lineOf(entry: TaskEntry): Promise<string | null> {
    const { task, segmentId, passRate, step } = entry;
    const { question, answer, answerType } = task;
    if (seen.has(task.id)) return left("repeats");
    if (entry.gold === "wrong") return left("wrongGold");
    const segment = await findSegment(segmentId);
    if (segment === null) return left("withoutDocument");
    if (findSpan(segment.text, answer) === null) return left("withoutEvidence");
    seen.add(task.id);
    counts.pairs += 1;
    const wrong = task.shuffled.filter((option) => option !== answer);
    const { title, sourceUri } = segment.document;
    return `${JSON.stringify({
      text: segment.text,
      question,
      answer,
      // Pairs have the types of free answers. Their wrong options serve multiple choice.
      type: answerType === "mcq" ? "string" : answerType,
      wrong,
      title,
      source: sourceUri,
      taskId: task.id,
      step,
      passRate,
    })}\n`;
  }
  function left(reason: keyof typeof counts): null {
    counts[reason] += 1;
    return null;
  }
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await pipeline(Readable.from(lines()), createWriteStream(draft));
    await rename(draft, path);
  } catch (error) {
    throw fileError(error, "writing the pairs", path, "cli");
  } finally {
    await rm(draft, { force: true });
  }
  return counts;
}

function fileExists(path: string): SpiceError {
  return new SpiceError("There is a file with this name already.", {
    code: "FILE_EXISTS",
    boundary: "cli",
    where: path,
    hint: "Give another name, or --force to replace the file.",
    exit: EXIT.usage,
  });
}
