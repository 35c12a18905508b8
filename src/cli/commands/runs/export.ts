import { basename, resolve } from "node:path";
import { Option } from "@commander-js/extra-typings";
import { DATASET_FORMS } from "../../../app/ports/dataset.js";
import { ANSWER_TYPES } from "../../../core/records/answer.js";
import { commandOnRuns, RUN_NAME } from "../../runs/named-run.js";
import { wholeNumber } from "../../terminal/arguments.js";
import { perform } from "../../terminal/perform.js";

const declared = () =>
  commandOnRuns(
    "export",
    "write the admitted tasks as a dataset or as an environment, with a card",
    `spice runs export latest ./tasks
     spice runs export latest ./tasks --format parquet
     spice runs export demo ./tasks --format verifiers   # then: pip install ./tasks
     spice runs export demo ./tasks --format openenv --type mcq`,
  )
    .argument("<run>", RUN_NAME)
    .argument("<folder>", "folder to write; it must not exist, or be empty")
    .addOption(
      new Option("--format <format>", "files of rows, or a Python package with the rules")
        .choices(DATASET_FORMS)
        .default("jsonl" as const),
    )
    .option("--name <name>", "name of the dataset and of the Python package (default: spice-tasks-<run>)")
    .option("--document <document>", "of this document: an id, its beginning, or a part of the title")
    .option("--source <prefix>", "of documents whose address begins so, with or without `file:`")
    .addOption(new Option("--type <type>", "of this answer type").choices(ANSWER_TYPES))
    .option("-n, --number <n>", "tasks at most (default: all)", wholeNumber)
    .option("--with-wrong-gold", "also tasks whose gold answer the facts of the document contradict");

/** `spice runs export`: the admitted tasks of a run for other programs. */
export const exportCommand = () =>
  declared().action((wanted, folder, options) =>
    perform(options, async ({ output }) => {
      const { requireFreeFolder } = await import("../../../adapters/runs/export-model.js");
      const { composeCorpus } = await import("../../compose/corpus.js");
      const { exportRun, packageName } = await import("../../compose/export-tasks.js");
      const { readNamedRun } = await import("../../runs/read-named-run.js");
      const { taskFilter } = await import("../../runs/task-filter.js");
      const run = await readNamedRun(wanted, options, output);
      const path = resolve(folder);
      await requireFreeFolder(path);
      const corpus = await composeCorpus(run.config);
      const findSegment = (id: string) => corpus.find(id);
      const { format, document, source, type, number } = options;
      const counts = await exportRun(run, {
        path,
        form: format,
        name: packageName(options.name ?? `spice-tasks-${run.info.name}`),
        findSegment,
        selected: taskFilter({ document, source, type }, findSegment),
        limit: number ?? Number.POSITIVE_INFINITY,
        withWrongGold: options.withWrongGold === true,
      });
      output.document("spice.exported-tasks/1", { run: run.info.id, path, format, ...counts });
      output.text(path);
      output.note(counts.summary);
      output.note(`The card: ${basename(path)}/README.md`);
      return undefined;
    }),
  );
