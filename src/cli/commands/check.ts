import { Option } from "@commander-js/extra-typings";
import { EXIT } from "../../app/errors.js";
import { ANSWER_TYPES } from "../../core/records/answer.js";
import { configure, configuredCommand } from "../terminal/options.js";
import { perform } from "../terminal/perform.js";

/** `spice check`: the parser and the checks of admission on one proposal, without a model. */
export const checkCommand = () =>
  configuredCommand(
    "check",
    "one proposal: what the parser and the checks of admission say; trains nothing",
    `spice check task.json --document notes.md
     spice check proposal.txt --document notes.md --format mcq
     spice check task.json --document notes.md --all --json
     spice check task.json --document notes.md -s admission.ambiguity=count`,
  )
    .argument("<task>", "file with a task as JSON (question, answer, answerType), or with a model's proposal")
    .requiredOption("--document <file>", "file with the document that the question is about")
    .addOption(
      new Option("--format <type>", "the file has a model's proposal for this type of answer").choices(
        ANSWER_TYPES,
      ),
    )
    .option("--all", "run the checks that are off, too")
    .action((task, options) =>
      perform(options, async ({ output }) => {
        const { checkFile } = await import("../runs/check-file.js");
        const { showCheck } = await import("../runs/show-check.js");
        const { experiment } = await configure(options, output);
        const checked = await checkFile({
          experiment,
          task,
          document: options.document,
          format: options.format ?? null,
          all: options.all === true,
          output,
        });
        const { admitted, candidate, segment, evidence, findings } = checked;
        const { id, title, sourceUri } = segment.document;
        const document = { id, title, sourceUri };
        output.document("spice.check/1", { admitted, candidate, document, evidence, findings });
        output.text(showCheck(checked, (format, text) => output.out(format, text)));
        output.note("Not run: the checks of repeats and the model checks.");
        return admitted ? undefined : EXIT.verification;
      }),
    );
