import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { configCommand } from "./commands/config.js";
import { addCommand } from "./commands/corpus/add.js";
import { leftOutCommand } from "./commands/corpus/left-out.js";
import { listCommand as listCorpus } from "./commands/corpus/list.js";
import { rmCommand as rmCorpus } from "./commands/corpus/rm.js";
import { showCommand as showDocument } from "./commands/corpus/show.js";
import { statsCommand } from "./commands/corpus/stats.js";
import { doctorCommand } from "./commands/doctor.js";
import { initCommand } from "./commands/init.js";
import { playCommand } from "./commands/play.js";
import { probeCommand } from "./commands/probe.js";
import { documentsCommand } from "./commands/runs/documents.js";
import { exportModelCommand } from "./commands/runs/export-model.js";
import { funnelCommand } from "./commands/runs/funnel.js";
import { listCommand as listRuns } from "./commands/runs/list.js";
import { pruneCommand } from "./commands/runs/prune.js";
import { renameCommand } from "./commands/runs/rename.js";
import { replayCommand } from "./commands/runs/replay.js";
import { reportCommand } from "./commands/runs/report.js";
import { rmCommand } from "./commands/runs/rm.js";
import { showCommand as showRun } from "./commands/runs/show.js";
import { tasksCommand } from "./commands/runs/tasks.js";
import { trainCommand } from "./commands/train.js";
import { certsCommand } from "./commands/trainer/certs.js";
import { checkCommand } from "./commands/trainer/check.js";
import { compareCommand } from "./commands/trainer/compare.js";
import { installCommand } from "./commands/trainer/install.js";
import { listCommand as listTrainers } from "./commands/trainer/list.js";
import { pathCommand } from "./commands/trainer/path.js";
import { serveCommand } from "./commands/trainer/serve.js";
import { noun } from "./terminal/noun.js";
import { packageVersion } from "./terminal/package-version.js";

const EXAMPLES = `Examples:
  spice init                             write a configuration
  spice trainer install torch            set up the Python side, once
  spice corpus add ./my-docs             add documents
  spice play                             one document, every intermediate shown
  spice train                            self-play; Ctrl-C stops after the step, --resume goes on
  spice runs report                      one HTML page about the newest run
`;

const AFTER = `
Exit codes: 0 done, 1 unexpected, 2 usage or configuration, 3 environment, 4 stopped by a guard, 5 verification failed,
130 Ctrl-C, 143 terminated. stdout is data, stderr everything else.`;

const trainer = () =>
  noun(
    "trainer",
    "install, run, check and compare trainers",
    ["spice trainer install torch", "spice trainer list", "spice trainer check --backend fake"],
    [
      ...[installCommand(), listTrainers(), pathCommand(), serveCommand()],
      ...[certsCommand(), checkCommand(), compareCommand()],
    ],
  );

const corpus = () =>
  noun(
    "corpus",
    "add, count, read and remove documents",
    ["spice corpus add ./my-docs", "spice corpus stats", "spice corpus show"],
    [addCommand(), leftOutCommand(), statsCommand(), showDocument(), listCorpus(), rmCorpus()],
  );

const runs = () =>
  noun(
    "runs",
    "list, inspect, report, replay and clean up runs",
    ["spice runs list", "spice runs show latest", "spice runs report latest"],
    [
      listRuns(),
      showRun(),
      reportCommand(),
      tasksCommand(),
      documentsCommand(),
      funnelCommand(),
      replayCommand(),
      exportModelCommand(),
      renameCommand(),
      pruneCommand(),
      rmCommand(),
    ],
  );

/** Old names of commands. They work, and the help does not show them. */
const oldNames = (): readonly CommandUnknownOpts[] => [
  replayCommand(),
  compareCommand("parity"),
  checkCommand("conformance"),
];

/**
 * The whole command line of `spice`. Every call returns a new tree, since commander keeps parsed
 * values in it.
 */
export function program(): CommandUnknownOpts {
  const root: CommandUnknownOpts = new Command("spice")
    .description(
      "Self-play in corpus environments: one model writes questions from documents and learns to answer them.",
    )
    .addHelpText("before", EXAMPLES)
    .addHelpText("after", AFTER)
    .version(packageVersion())
    // An argument without a description is an old form.
    .configureHelp({
      subcommandTerm: (command) => {
        const shown = command.registeredArguments.filter((one) => one.description !== "");
        const names = shown.map((one) => (one.required ? ` <${one.name()}>` : ` [${one.name()}]`));
        return `${command.name()}${names.join("")}`;
      },
    });
  const commands: readonly CommandUnknownOpts[] = [
    initCommand(),
    doctorCommand(),
    trainer(),
    corpus(),
    playCommand(),
    probeCommand(),
    trainCommand(),
    runs(),
    configCommand(),
  ];
  for (const command of commands) root.addCommand(command);
  for (const command of oldNames()) root.addCommand(command, { hidden: true });
  exitOverrideAll(root);
  return root;
}

/**
 * Commander's own errors exit with 1; a wrong command line is 2 here. Subcommands do not inherit
 * this setting.
 */
function exitOverrideAll(command: CommandUnknownOpts): void {
  command.exitOverride().showHelpAfterError("(--help shows examples)");
  for (const child of command.commands) exitOverrideAll(child);
}
