import { counted } from "../../../core/text/counted.js";
import { commandOnRun, nameOfRun } from "../../runs/named-run.js";
import { wholeNumber } from "../../terminal/arguments.js";
import { perform } from "../../terminal/perform.js";

/** Documents that are shown when -n is not given. */
const SHOWN = 20;

/** `spice runs documents`: what came of each document of a run. */
export const documentsCommand = () =>
  commandOnRun(
    "documents",
    "documents by admitted tasks, with pass rate, reward and refusals",
    `spice runs documents latest
     spice runs documents latest --worst -n 50
     spice runs documents latest --json | jq '.documents[] | select(.tasks == 0) | .sourceUri'`,
  )
    .option("--worst", "fewest admitted tasks first (default: most first)")
    .option("-n, --number <n>", "documents at most", wholeNumber, SHOWN)
    .action((argument, options) =>
      perform(options, async ({ output }) => {
        const { describeDocuments } = await import("../../../app/reports/listings.js");
        const { DocumentTotals } = await import("../../../core/analysis/listing/document-list.js");
        const { playedCorpus } = await import("../../compose/corpus.js");
        const { readNamedRun } = await import("../../runs/read-named-run.js");
        const { showDocuments } = await import("../../runs/show-tasks.js");
        const wanted = nameOfRun(argument, options) ?? "latest";
        const run = await readNamedRun(wanted, options, output);
        const totals = new DocumentTotals();
        for await (const episode of run.episodes()) totals.add(episode);
        const counts = totals.counts();
        const ordered = options.worst ? counts.toReversed() : counts;
        const corpus = await playedCorpus(run.config);
        const documents = await describeDocuments(
          ordered.slice(0, options.number),
          async (id) => corpus?.find(id) ?? null,
        );
        const withTask = counts.filter(({ tasks }) => tasks > 0).length;
        output.document("spice.documents/1", {
          run: run.info.id,
          played: counts.length,
          withTask,
          corpus: corpus === null ? "missing" : "present",
          documents,
        });
        if (documents.length > 0) output.text(showDocuments(documents));
        output.note(
          `${documents.length} of ${counted(counts.length, "document")} shown; ${withTask} brought an admitted task.`,
        );
        if (corpus === null) output.note("The corpus of the run is missing: titles are ids.");
        output.next(`spice runs tasks ${run.info.id} --best`);
        return undefined;
      }),
    );
