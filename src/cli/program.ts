import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
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

/**
 * Loads the module of a command and makes the command. Such a module declares the command, and
 * loads what the command does when the command runs. So the help and the errors of usage do not
 * wait for the parts of a training.
 */
type Load = () => Promise<CommandUnknownOpts>;

/** A command, or a group of commands by their names. */
type Entry = Load | Group;

interface Group {
  readonly summary: string;
  readonly examples: readonly string[];
  readonly verbs: Readonly<Record<string, Load>>;
}

const TRAINER: Group = {
  summary: "install, run, check and compare trainers",
  examples: ["spice trainer install torch", "spice trainer list", "spice trainer check --backend fake"],
  verbs: {
    install: async () => (await import("./commands/trainer/install.js")).installCommand(),
    list: async () => (await import("./commands/trainer/list.js")).listCommand(),
    path: async () => (await import("./commands/trainer/path.js")).pathCommand(),
    serve: async () => (await import("./commands/trainer/serve.js")).serveCommand(),
    certs: async () => (await import("./commands/trainer/certs.js")).certsCommand(),
    check: async () => (await import("./commands/trainer/check.js")).checkCommand(),
    compare: async () => (await import("./commands/trainer/compare.js")).compareCommand(),
  },
};

const CORPUS: Group = {
  summary: "add, count, read and remove documents",
  examples: ["spice corpus add ./my-docs", "spice corpus stats", "spice corpus show"],
  verbs: {
    add: async () => (await import("./commands/corpus/add.js")).addCommand(),
    "left-out": async () => (await import("./commands/corpus/left-out.js")).leftOutCommand(),
    stats: async () => (await import("./commands/corpus/stats.js")).statsCommand(),
    show: async () => (await import("./commands/corpus/show.js")).showCommand(),
    list: async () => (await import("./commands/corpus/list.js")).listCommand(),
    rm: async () => (await import("./commands/corpus/rm.js")).rmCommand(),
  },
};

const RUNS: Group = {
  summary: "list, inspect, report, replay and clean up runs",
  examples: ["spice runs list", "spice runs show latest", "spice runs report latest"],
  verbs: {
    list: async () => (await import("./commands/runs/list.js")).listCommand(),
    show: async () => (await import("./commands/runs/show.js")).showCommand(),
    report: async () => (await import("./commands/runs/report.js")).reportCommand(),
    tasks: async () => (await import("./commands/runs/tasks.js")).tasksCommand(),
    documents: async () => (await import("./commands/runs/documents.js")).documentsCommand(),
    funnel: async () => (await import("./commands/runs/funnel.js")).funnelCommand(),
    replay: async () => (await import("./commands/runs/replay.js")).replayCommand(),
    export: async () => (await import("./commands/runs/export.js")).exportCommand(),
    "export-model": async () => (await import("./commands/runs/export-model.js")).exportModelCommand(),
    rename: async () => (await import("./commands/runs/rename.js")).renameCommand(),
    prune: async () => (await import("./commands/runs/prune.js")).pruneCommand(),
    rm: async () => (await import("./commands/runs/rm.js")).rmCommand(),
  },
};

const OWN_CODE: Group = {
  summary: "test rewards, checks, readers, sources and sinks of your own",
  examples: ["spice own-code test reward.ts", "spice own-code test reward.test.ts"],
  verbs: {
    test: async () => (await import("./commands/own-code/test.js")).testCommand(),
  },
};

/** The commands in the order of the help. */
const COMMANDS: Readonly<Record<string, Entry>> = {
  init: async () => (await import("./commands/init.js")).initCommand(),
  doctor: async () => (await import("./commands/doctor.js")).doctorCommand(),
  trainer: TRAINER,
  corpus: CORPUS,
  play: async () => (await import("./commands/play.js")).playCommand(),
  probe: async () => (await import("./commands/probe.js")).probeCommand(),
  train: async () => (await import("./commands/train.js")).trainCommand(),
  check: async () => (await import("./commands/check.js")).checkCommand(),
  runs: RUNS,
  "own-code": OWN_CODE,
  verify: async () => (await import("./commands/verify.js")).verifyCommand(),
  config: async () => (await import("./commands/config.js")).configCommand(),
};

/** Old names of commands. They work, and the help does not show them. */
const OLD_NAMES: Readonly<Record<string, Load>> = {
  replay: async () => (await import("./commands/runs/replay.js")).replayCommand(),
  parity: async () => (await import("./commands/trainer/compare.js")).compareCommand("parity"),
  conformance: async () => (await import("./commands/trainer/check.js")).checkCommand("conformance"),
};

/** The options that print the version. The answer needs no command. */
const VERSION: readonly string[] = ["-V", "--version"];

/**
 * The command line of `spice`. Every call returns a new tree, since commander keeps parsed values
 * in it.
 *
 * @param words the words of the command line. If they begin with a command, the tree has this
 * command only, and no module of another command is loaded. Otherwise it has every command.
 */
export async function program(words: readonly string[] = []): Promise<CommandUnknownOpts> {
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
  const [first = "", second = ""] = words;
  const entries = VERSION.includes(first) ? [] : named({ ...COMMANDS, ...OLD_NAMES }, first);
  for (const [name, entry] of entries) {
    const command = typeof entry === "function" ? await entry() : await group(name, entry, second);
    root.addCommand(command, { hidden: Object.hasOwn(OLD_NAMES, name) });
  }
  exitOverrideAll(root);
  return root;
}

/** The entry with this name; every entry if there is none. */
const named = <E>(entries: Readonly<Record<string, E>>, name: string): [string, E][] =>
  Object.entries(entries).filter(([one]) => one === name || !Object.hasOwn(entries, name));

async function group(name: string, { summary, examples, verbs }: Group, word: string) {
  const loaded: CommandUnknownOpts[] = [];
  for (const [, load] of named(verbs, word)) loaded.push(await load());
  return noun(name, summary, examples, loaded);
}

/**
 * Commander's own errors exit with 1; a wrong command line is 2 here. Subcommands do not inherit
 * this setting.
 */
function exitOverrideAll(command: CommandUnknownOpts): void {
  command.exitOverride().showHelpAfterError("(--help shows examples)");
  for (const child of command.commands) exitOverrideAll(child);
}
