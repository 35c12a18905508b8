import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  type CheckResult,
  type ConformanceOptions,
  type ConformanceReport,
  runConformance,
} from "../../adapters/conformance/conformance.js";
import { findInterpreter, withSampler } from "../../adapters/install/environments.js";
import { runCommand } from "../../adapters/python/run-command.js";
import { trainerSource } from "../../adapters/python/source.js";
import { type SidecarOptions, startSidecar } from "../../adapters/sidecar/process.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import { command } from "../terminal/options.js";
import { type Format, type Output, table } from "../terminal/output.js";
import { perform } from "../terminal/perform.js";
import { interceptSignals } from "../terminal/signals.js";

const collect = (value: string, before: string[]): string[] => [...before, value];

/** `spice conformance`: does a trainer keep the contract? */
export const conformanceCommand = () =>
  command(
    "conformance",
    "test a trainer against the contract; docs/conformance.md",
    `spice conformance --backend fake
     SPICE_TRAINER_TOKEN=$(cat token) spice conformance --target 127.0.0.1:50051 --model ./tiny-llama
     spice conformance --backend torch --model ./tiny-llama --only losses --only publish.delivers
     spice conformance --list`,
  )
    .option(
      "--target <address>",
      "a running trainer that nobody else uses; its token comes from SPICE_TRAINER_TOKEN",
    )
    .option(
      "--backend <name>",
      "start this trainer for the test: fake, or one that `spice trainer list` names",
    )
    .option("--model <name>", "what to open: a small model, which the kit trains", "tiny")
    .option("--engine <json>", "engine settings of the session", "")
    .option("--max-context-tokens <n>", "context of the session", Number, 1024)
    .option("--lora-rank <n>", "train adapters of this rank, alpha twice that; 0: all parameters", Number, 0)
    .option("--only <name>", "an area or a check; repeatable", collect, [])
    .option("--checkpoint-root <dir>", "the target's checkpoint root, if it is on this machine")
    .option("--list", "print the checks and the rules they prove; run nothing")
    .action((options) =>
      perform(options, async ({ output, logAt }) => {
        using signals = interceptSignals(output, false);
        const source = await trainerSource();
        const { root } = source;
        const python = await findInterpreter(root, options.backend ?? "fake", process.env);
        if (options.list) return list(python, root, options.json ?? false);
        const test = (trainer: Trainer) =>
          runConformance({
            ...{ ...options, ...trainer, python, root, environment: process.env },
            onLine: (line) => output.detail(line),
            signal: signals.signal,
          });
        const { backend, target, checkpointRoot } = options;
        let report: ConformanceReport;
        if (backend !== undefined && target === undefined) {
          report = await withOwnTrainer({ backend, python, source, signal: signals.signal }, logAt, test);
        } else if (target !== undefined && backend === undefined) {
          report = await test({
            address: target,
            token: process.env["SPICE_TRAINER_TOKEN"]?.trim() || null,
            checkpointRoot: checkpointRoot === undefined ? null : resolve(checkpointRoot),
          });
        } else throw notOneTrainer();
        show(output, report);
        return report.fail > 0 ? EXIT.verification : EXIT.ok;
      }),
    );

type Trainer = Pick<ConformanceOptions, "address" | "token" | "checkpointRoot">;

const notOneTrainer = () =>
  new SpiceError("Name one trainer: --target or --backend.", {
    code: "CONFORMANCE_USAGE",
    boundary: "cli",
    hint: "`spice conformance --backend fake` tests the built-in example.",
    exit: EXIT.usage,
  });

/** Test a trainer of our own. Its folder goes when it has been tested; after an error the log stays, which the error names. */
async function withOwnTrainer(
  start: Pick<SidecarOptions, "backend" | "python" | "source" | "signal">,
  logAt: (path: string) => void,
  test: (trainer: Trainer) => Promise<ConformanceReport>,
): Promise<ConformanceReport> {
  const folder = await mkdtemp(join(tmpdir(), "spice-conformance-"));
  const logPath = join(folder, "trainer.log");
  logAt(logPath);
  const checkpointRoot = join(folder, "checkpoints");
  const environment = await withSampler(start.source.root, start.backend, process.env);
  let report: ConformanceReport;
  try {
    await using sidecar = await startSidecar({ ...start, logPath, checkpointRoot, environment });
    report = await test({ address: sidecar.address, token: sidecar.token, checkpointRoot });
  } finally {
    await rm(checkpointRoot, { recursive: true, force: true });
  }
  await rm(folder, { recursive: true, force: true });
  return report;
}

/** The kit's own list, as it prints it. */
async function list(python: string, root: string, json: boolean): Promise<undefined> {
  const argv = [python, "-m", "spice_conformance", "--list", ...(json ? ["--json"] : [])];
  const { stdout } = await runCommand(argv, { environment: { ...process.env, PYTHONPATH: root } });
  process.stdout.write(stdout);
  return undefined;
}

const FORMATS: Readonly<Record<CheckResult["verdict"], Format>> = {
  pass: "green",
  fail: "red",
  inconclusive: "yellow",
  skipped: "dim",
};

function show(output: Output, report: ConformanceReport): void {
  output.document("spice.conformance/1", report);
  output.text(table(report.checks.map(({ verdict, id, evidence }) => [verdict, id, evidence])));
  const counts = (["pass", "fail", "inconclusive", "skipped"] as const).map((verdict) =>
    output.out(FORMATS[verdict], `${report[verdict]} ${verdict}`),
  );
  output.text(`${report.backend} at ${report.address}: ${counts.join(", ")}`);
}
