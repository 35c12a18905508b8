import { Option } from "@commander-js/extra-typings";
import { BACKENDS } from "../../../adapters/install/catalog.js";
import { repeatable, wholeNumber, wholeNumberFrom } from "../../terminal/arguments.js";
import { command } from "../../terminal/options.js";

/** The options of `spice trainer check`. */
export const checkOptions = (name: string) =>
  command(
    name,
    "test a trainer against the contract; docs/conformance.md",
    `spice trainer check --backend fake
     SPICE_TRAINER_TOKEN=$(cat token) spice trainer check --target 127.0.0.1:50051 --model ./tiny-llama
     spice trainer check --backend torch --model ./tiny-llama --only losses --only publish.delivers
     spice trainer check --list`,
  )
    .option(
      "--target <address>",
      "a running trainer that nobody else uses; its token comes from SPICE_TRAINER_TOKEN",
    )
    .option(
      "--backend <name>",
      `start this trainer for the test: ${BACKENDS.join(", ")}, or your own (docs/trainers/bring-your-own.md)`,
    )
    .option("--model <name>", "what to open: a small model, which the kit trains", "tiny")
    .addOption(new Option("--engine <json>", "engine settings of the session").default("", "none"))
    .option("--max-context-tokens <n>", "context of the session", wholeNumber, 1024)
    .option(
      "--lora-rank <n>",
      "train adapters of this rank, alpha twice that; 0: all parameters",
      wholeNumberFrom(0),
      0,
    )
    .addOption(repeatable("--only <name>", "an area or a check", "all"))
    .option("--checkpoint-root <dir>", "the target's checkpoint root, if it is on this machine")
    .option("--list", "print the checks and the rules they prove; run nothing");
