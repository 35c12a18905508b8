import { resolve } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { findInterpreter } from "../../src/adapters/install/environments.js";
import { prepareModel } from "../../src/adapters/install/model.js";
import { runCommand } from "../../src/adapters/python/run-command.js";
import { trainerSource } from "../../src/adapters/python/source.js";
import { compareRecordings } from "./compare.js";
import { RECORDED_TRAINERS, record, resumeRecording } from "./record.js";

/** `bench record`: makes a seeded run in a folder, for `bench compare`. */
export const recordCommand = (say: (line: string) => void) =>
  new Command("record")
    .description(
      "record a seeded run, to compare with a recording of other code (build first: npm run build)",
    )
    .argument("<folder>", "empty or absent; receives the corpus, the model and the run directory")
    .addOption(
      new Option("--trainer <name>", "20 steps on `fake`, or 3 on a tiny model with `torch`")
        .choices(RECORDED_TRAINERS)
        .default("fake" as const),
    )
    .option("--program <file>", "dist/cli/main.js of the code that is recorded", "dist/cli/main.js")
    .option("--stop-after <n>", "stop after this many steps; `--resume` goes on", Number)
    .option("--resume", "go on with the recording in the folder instead")
    .action(async (folder, options) => {
      const { root } = await trainerSource();
      const python = await findInterpreter(root, "torch", process.env);
      const place = { folder: resolve(folder), program: resolve(options.program), python };
      if (options.resume === true) {
        process.stdout.write(`${await resumeRecording(place)}\n`);
        return;
      }
      const tokenizer =
        options.trainer === "fake"
          ? ""
          : await prepareModel({
              ...{ run: runCommand, environment: process.env, python, root, model: "smollm2-135m" },
              onProgress: say,
            });
      const { trainer, stopAfter = null } = options;
      process.stdout.write(`${await record({ ...place, trainer, tokenizer, stopAfter }, say)}\n`);
    });

/** `bench compare`: exit code 1 when two recordings differ. */
export const compareCommand = () =>
  new Command("compare")
    .description(
      "compare two recordings byte for byte, without times, machine and versions; exit code 1 when they differ",
    )
    .argument("<a>", "folder of a recording, or a run directory")
    .argument("<b>", "the other")
    .option(
      "--resumed",
      "one of the two was stopped and resumed: leave out the audit log and the checkpoints",
    )
    .option("--json", "last line: one JSON object")
    .action(async (a, b, { resumed, json }) => {
      const scope = resumed === true ? "resumed" : "everything";
      const result = await compareRecordings(resolve(a), resolve(b), scope);
      const { files, bytes, steps, trainedTokens, differences } = result;
      const lines = [
        ...differences.map(({ file, what }) => `DIFFERS ${file}: ${what}`),
        `${files} files, ${bytes} bytes, ${steps} steps, ${trainedTokens} trained tokens: ` +
          (differences.length === 0 ? "no difference" : `${differences.length} files differ`),
      ];
      process.stdout.write(`${lines.join("\n")}\n`);
      if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
      process.exitCode = differences.length === 0 ? 0 : 1;
    });
