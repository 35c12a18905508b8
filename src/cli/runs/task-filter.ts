import type { TaskEntry } from "../../core/analysis/listing/task-list.js";
import type { FindSegment } from "../../core/analysis/samples.js";
import type { AnswerType } from "../../core/records/answer.js";

/** What `spice runs tasks` selects. An undefined part selects everything. */
export interface TaskSelection {
  /** An id, the beginning of an id (8 digits or more), or a part of the title. */
  readonly document?: string | undefined;
  /** The beginning of the address of a document, with or without `file:`. */
  readonly source?: string | undefined;
  readonly type?: AnswerType | undefined;
}

const ID = /^[0-9a-f]{8,64}(:\d+-\d+)?$/;

/** True when a selection asks for titles or sources, which only the corpus has. */
export function needsCorpus({ document, source }: TaskSelection): boolean {
  return source !== undefined || (document !== undefined && !ID.test(document));
}

/**
 * A filter of tasks. Titles and sources of documents are kept in memory, texts are not.
 *
 * @param findSegment finds the documents of the run's corpus
 */
export function taskFilter(
  { document, source, type }: TaskSelection,
  findSegment: FindSegment,
): (entry: TaskEntry) => Promise<boolean> {
  const known = new Map<string, { readonly title: string; readonly sourceUri: string }>();
  const facts = async (documentId: string) => {
    const before = known.get(documentId);
    if (before !== undefined) return before;
    const found = (await findSegment(documentId))?.document;
    const kept = { title: found?.title.toLowerCase() ?? "", sourceUri: found?.sourceUri ?? "" };
    known.set(documentId, kept);
    return kept;
  };
  return async ({ documentId, segmentId, task }) => {
    if (type !== undefined && task.answerType !== type) return false;
    if (document !== undefined && ID.test(document)) {
      if (!documentId.startsWith(document) && segmentId !== document) return false;
    } else if (document !== undefined) {
      if (!(await facts(documentId)).title.includes(document.toLowerCase())) return false;
    }
    return source === undefined || beginsWith((await facts(documentId)).sourceUri, source);
  };
}

/** True when an address begins with `source`. A path may be relative and without `file:`. */
function beginsWith(address: string, source: string): boolean {
  return address.startsWith(source) || address.startsWith(`file:${source.replace(/^(?:\.{1,2}\/)+/, "")}`);
}
