import type { DocumentCount } from "../../core/analysis/listing/document-list.js";
import { evidenceSentence } from "../../core/analysis/listing/evidence.js";
import type { TaskEntry } from "../../core/analysis/listing/task-list.js";
import { type FindSegment, locate } from "../../core/analysis/samples.js";

/** A task with the data of its document. Texts are empty when the corpus is missing. */
export interface ListedTask extends Omit<TaskEntry, "prompt"> {
  readonly title: string;
  readonly sourceUri: string;
  /** Options that are not the gold answer; empty without multiple choice. */
  readonly wrong: readonly string[];
  /** The sentence with the evidence; null when no place of the evidence is known. */
  readonly evidence: string | null;
}

/** A document with what came of it. Texts are empty when the corpus is missing. */
export interface ListedDocument extends DocumentCount {
  readonly title: string;
  readonly sourceUri: string;
}

/** Adds title, source and evidence to the tasks of a list, in their order. */
export async function describeTasks(
  entries: readonly TaskEntry[],
  findSegment: FindSegment,
): Promise<readonly ListedTask[]> {
  const listed: ListedTask[] = [];
  for (const { prompt, ...entry } of entries) {
    const { task, segmentId } = entry;
    const segment = await findSegment(segmentId);
    const text = segment?.text ?? prompt;
    const known = segment !== null && task.evidence.end > task.evidence.start ? task.evidence : null;
    const place = known ?? locate(text, task);
    listed.push({
      ...entry,
      title: segment?.document.title ?? "",
      sourceUri: segment?.document.sourceUri ?? "",
      wrong: task.shuffled.filter((option) => option !== task.answer),
      evidence: place === null ? null : evidenceSentence(text, place),
    });
  }
  return listed;
}

/** Adds title and source to the documents of a list, in their order. */
export async function describeDocuments(
  counts: readonly DocumentCount[],
  findSegment: FindSegment,
): Promise<readonly ListedDocument[]> {
  const listed: ListedDocument[] = [];
  for (const count of counts) {
    const document = (await findSegment(count.documentId))?.document;
    listed.push({ ...count, title: document?.title ?? "", sourceUri: document?.sourceUri ?? "" });
  }
  return listed;
}
