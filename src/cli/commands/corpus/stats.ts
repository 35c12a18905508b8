import { configure, configuredCommand } from "../../terminal/options.js";
import { table } from "../../terminal/output.js";
import { perform } from "../../terminal/perform.js";

/** `spice corpus stats`: how much a snapshot holds, by split. */
export const statsCommand = () =>
  configuredCommand(
    "stats",
    "documents, segments and tokens of a snapshot, by split",
    "spice corpus stats",
  ).action((options) =>
    perform(options, async ({ output }) => {
      const { composeCorpus, withAllKinds } = await import("../../compose/corpus.js");
      const { experiment } = await configure(options, output);
      const corpus = await composeCorpus(withAllKinds(experiment));
      const counts = corpus.counts();
      output.document("spice.corpus-stats/1", { snapshot: corpus.info, counts });
      const rows = counts.map((one) => [
        one.split,
        one.kind,
        String(one.documents),
        String(one.segments),
        String(one.tokens),
      ]);
      const { documents, segments, tokens } = corpus.info;
      output.text(
        table(
          [...rows, ["all", "", String(documents), String(segments), String(tokens)]],
          ["split", "kind", "documents", "segments", "tokens"],
        ),
      );
      output.note(`snapshot ${corpus.info.id}\nfrom ${corpus.info.sources.join(", ")}`);
      output.next("spice play");
      return undefined;
    }),
  );
