import { counted } from "../../../core/text/counted.js";
import { configure, configuredCommand } from "../../terminal/options.js";
import { table } from "../../terminal/output.js";
import { perform } from "../../terminal/perform.js";

/** `spice corpus show`: one segment with its document's facts and origin. */
export const showCommand = () =>
  configuredCommand(
    "show",
    "one document: text, facts, origin",
    `spice corpus show
     spice corpus show 3fa4c1d2`,
  )
    .argument(
      "[id]",
      "document or segment id, or its beginning (8 digits or more); without it, the first of self-play",
    )
    .action((id, options) =>
      perform(options, async ({ output }) => {
        const { composeCorpus, unknownDocument, withAllKinds } = await import("../../compose/corpus.js");
        const { experiment } = await configure(options, output);
        const corpus = await composeCorpus(withAllKinds(experiment));
        const segment = id === undefined ? await corpus.segment("selfplay", 0) : await corpus.find(id);
        if (segment === null) throw unknownDocument(id ?? "");
        output.document("spice.segment/1", { segment });
        const { document, text, tokens } = segment;
        output.text(
          `${output.out("bold", document.title)}  ${document.kind}, ${counted(tokens, "token")}, license: ${document.licence}\n${segment.id}\n${document.sourceUri}\n\n${text}`,
        );
        if (document.facts.length > 0)
          output.text(`\n${table(document.facts.map(({ field, values }) => [field, values.join(" | ")]))}`);
        output.next(`spice play --doc ${document.id.slice(0, 12)}`);
        return undefined;
      }),
    );
