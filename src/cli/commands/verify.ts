import { Option } from "@commander-js/extra-typings";
import { EXIT, SpiceError } from "../../app/errors.js";
import {
  ANSWER_TYPES,
  type AnswerPolicy,
  DATE_PRECISIONS,
  FREE_ANSWER_TYPES,
  isElementType,
} from "../../core/records/answer.js";
import { repeatable } from "../terminal/arguments.js";
import { command } from "../terminal/options.js";
import { perform } from "../terminal/perform.js";

/** `spice verify`: is this answer right, and how were both texts read? */
export const verifyCommand = () =>
  command(
    "verify",
    "compare one answer with a gold answer by the rules of a run; exit 5 when it is not right",
    `spice verify --type quantity 90km/h 25m/s
     spice verify --type number --tolerance 1% 250 251
     spice verify --type mcq --option Rome --option Paris Paris '[B]'
     spice verify --type integer -- -5 -5.0`,
  )
    .argument("<gold>", "the right answer")
    .argument("<answer>", "the answer to compare")
    .addOption(new Option("--type <type>", "answer type").choices(ANSWER_TYPES).makeOptionMandatory())
    .addOption(repeatable("--option <text>", "mcq: an option, in the order of the letters"))
    .option("--tolerance <size>", "number, quantity: allowed difference, such as 0.5 or 1%")
    .option("--unit <unit>", "quantity: unit of a gold answer without a unit")
    .addOption(
      new Option("--unit-in-answer <rule>", "quantity (default: required)").choices(["required", "optional"]),
    )
    .addOption(
      new Option("--percent <rule>", "number (default: scaled), quantity (default: required)").choices([
        "scaled",
        "required",
        "ignored",
      ]),
    )
    .addOption(new Option("--decimal <sign>", "numbers (default: point)").choices(["point", "comma"]))
    .addOption(repeatable("--alias <text>", "string: another right text"))
    .addOption(
      new Option("--precision <part>", "date (default: that of the gold answer)").choices(DATE_PRECISIONS),
    )
    .addOption(
      new Option("--finer-date <verdict>", "date (default: accepted)").choices(["accepted", "wrong"]),
    )
    .addOption(
      new Option("--elements <type>", "list, set (default: string)").choices(
        FREE_ANSWER_TYPES.filter(isElementType),
      ),
    )
    .addOption(new Option("--order <rule>", "list (default: fixed)").choices(["fixed", "any"]))
    .action((gold, answer, options) =>
      perform(options, async ({ output }) => {
        const { explain } = await import("../../core/answers/explain.js");
        const policy = policyOf(options);
        const task = { answerType: options.type, answer: gold, shuffled: options.option, policy };
        const explained = explain(task, answer);
        if (!explained.isVerifiable)
          throw new SpiceError(`The gold answer cannot be verified as \`${options.type}\`: ${gold}`, {
            code: "GOLD_NOT_VERIFIABLE",
            boundary: "verification",
            exit: EXIT.usage,
            hint: "Write it as docs/verification.md says for this type, or choose another type. For `mcq`, give each option with `--option`.",
          });
        const { verdict } = explained;
        output.document("spice.verify/1", {
          type: options.type,
          policy,
          verdict,
          gold: { text: gold, read: explained.gold },
          answer: { text: answer, read: explained.answer },
        });
        output.text(verdict);
        output.text(`gold    ${explained.gold ?? "not read"}`);
        output.text(`answer  ${explained.answer ?? "not read: no single answer of this type"}`);
        return verdict === "correct" ? EXIT.ok : EXIT.verification;
      }),
    );

/** The comparison rules that the options name. */
function policyOf(
  options: Omit<AnswerPolicy, "aliases"> & { readonly alias: readonly string[] },
): AnswerPolicy {
  const { tolerance, unit, unitInAnswer, percent, decimal, precision, finerDate, elements, order } = options;
  return {
    ...(tolerance !== undefined && { tolerance }),
    ...(unit !== undefined && { unit }),
    ...(unitInAnswer !== undefined && { unitInAnswer }),
    ...(percent !== undefined && { percent }),
    ...(decimal !== undefined && { decimal }),
    ...(precision !== undefined && { precision }),
    ...(finerDate !== undefined && { finerDate }),
    ...(elements !== undefined && { elements }),
    ...(order !== undefined && { order }),
    ...(options.alias.length > 0 && { aliases: options.alias }),
  };
}
