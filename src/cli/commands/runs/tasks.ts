import { resolve } from "node:path";
import { Option } from "@commander-js/extra-typings";
import type { TaskOrder } from "../../../core/analysis/listing/task-list.js";
import { ANSWER_TYPES } from "../../../core/records/answer.js";
import { counted } from "../../../core/text/counted.js";
import type { ExportedPairs } from "../../runs/export-pairs.js";
import { commandOnRun, nameOfRun } from "../../runs/named-run.js";
import { wholeNumber } from "../../terminal/arguments.js";
import { perform } from "../../terminal/perform.js";

/** Tasks that are shown when -n is not given. */
const SHOWN = 20;

const declared = () =>
  commandOnRun(
    "tasks",
    "admitted tasks: question, gold, wrong options, pass rate, evidence",
    `spice runs tasks latest --best
     spice runs tasks latest --worst -n 5
     spice runs tasks latest --document "Chad" --type date
     spice runs tasks latest --export pairs.jsonl     # for warmup.pairs of another run`,
  )
    .addOption(
      new Option("--best", "highest reward of the Challenger first (default: newest first)").conflicts(
        "worst",
      ),
    )
    .option("--worst", "wrong golds first, then the lowest reward")
    .option("--document <document>", "of this document: an id, its beginning, or a part of the title")
    .option("--source <prefix>", "of documents whose address begins so, with or without `file:`")
    .addOption(new Option("--type <type>", "of this answer type").choices(ANSWER_TYPES))
    .option("-n, --number <n>", `tasks at most (default: ${SHOWN}; all with --export)`, wholeNumber)
    .option("--export <file>", "write the tasks as pairs for `warmup.pairs`, one JSON object a line")
    .option("--force", "with --export: replace the file when it exists");

/** `spice runs tasks`: the admitted tasks of a run, from the run directory and its corpus. */
export const tasksCommand = () =>
  declared().action((argument, options) =>
    perform(options, async ({ output }) => {
      const { describeTasks } = await import("../../../app/reports/listings.js");
      const { TaskList, taskEntries } = await import("../../../core/analysis/listing/task-list.js");
      const { composeCorpus, playedCorpus } = await import("../../compose/corpus.js");
      const { exportPairs } = await import("../../runs/export-pairs.js");
      const { readNamedRun } = await import("../../runs/read-named-run.js");
      const { showTasks } = await import("../../runs/show-tasks.js");
      const { needsCorpus, taskFilter } = await import("../../runs/task-filter.js");
      const wanted = nameOfRun(argument, options) ?? "latest";
      const run = await readNamedRun(wanted, options, output);
      const { document, source, type } = options;
      const selection = { document, source, type };
      const strict = options.export !== undefined || needsCorpus(selection);
      const corpus = strict ? await composeCorpus(run.config) : await playedCorpus(run.config);
      const findSegment = async (id: string) => corpus?.find(id) ?? null;
      const selected = taskFilter(selection, findSegment);
      if (options.export !== undefined) {
        const path = resolve(options.export);
        const limit = options.number ?? Number.POSITIVE_INFINITY;
        const counts = await exportPairs({
          episodes: run.episodes(),
          selected,
          findSegment,
          path,
          limit,
          force: options.force === true,
        });
        output.document("spice.exported-pairs/1", { run: run.info.id, path, ...counts });
        output.text(exportText(counts, path));
        output.next(`spice train --dry-run -s warmup.enabled=true -s 'warmup.pairs=${options.export}'`);
        return undefined;
      }
      const order: TaskOrder = options.best ? "best" : options.worst ? "worst" : "newest";
      const list = new TaskList(order, options.number ?? SHOWN);
      let admitted = 0;
      let matching = 0;
      for await (const episode of run.episodes()) {
        for (const entry of taskEntries(episode)) {
          admitted += 1;
          if (!(await selected(entry))) continue;
          matching += 1;
          list.add(entry);
        }
      }
      const tasks = await describeTasks(list.entries(), findSegment);
      output.document("spice.tasks/1", {
        run: run.info.id,
        ...{ order, admitted, matching },
        corpus: corpus === null ? "missing" : "present",
        tasks,
      });
      if (tasks.length > 0) output.text(showTasks(tasks, (format, text) => output.out(format, text)));
      output.note(`${tasks.length} of ${counted(matching, "task")} shown; the run has ${admitted}.`);
      if (source !== undefined && matching === 0)
        output.note(
          "No task matches. `spice runs documents --json` has the address of each document (`sourceUri`).",
        );
      if (corpus === null) output.note("The corpus of the run is missing: titles are ids.");
      output.next(
        admitted === 0 ? `spice runs funnel ${run.info.id}` : `spice runs documents ${run.info.id}`,
      );
      return undefined;
    }),
  );

function exportText(counts: ExportedPairs, path: string): string {
  const { pairs, repeats, withoutEvidence, wrongGold, withoutDocument } = counts;
  const left = [
    [repeats, repeats === 1 ? "repeat" : "repeats"],
    [withoutEvidence, "whose answer does not stand in the text"],
    [wrongGold, "with a wrong gold answer"],
    [withoutDocument, "whose document the corpus does not have"],
  ] as const;
  const lines = left.filter(([count]) => count > 0).map(([count, why]) => `  left out: ${count} ${why}`);
  return [`${path}: ${counted(pairs, "pair")}`, ...lines].join("\n");
}
