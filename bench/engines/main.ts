import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { withSampler } from "../../src/adapters/install/environments.js";
import { installTrainer } from "../../src/adapters/install/install.js";
import { prepareModel } from "../../src/adapters/install/model.js";
import { runCommand } from "../../src/adapters/python/run-command.js";
import { trainerSource } from "../../src/adapters/python/source.js";
import { SpiceError } from "../../src/app/errors.js";
import { table } from "../../src/cli/terminal/output.js";
import { junitCounts } from "./junit.js";
import { KILLS, type Killed, killDuringStep } from "./kills.js";

/** One engine, its trainer, and its tests. */
interface Engine {
  readonly name: "vllm" | "tinker" | "verl";
  readonly trainer: string;
  readonly tests: readonly string[];
}

const ENGINES: readonly Engine[] = [
  {
    name: "vllm",
    trainer: "torch+vllm",
    tests: ["test_torch_vllm.py", "test_vllm_transfers.py", "test_vllm_without_cuda.py"],
  },
  { name: "tinker", trainer: "tinker", tests: ["test_tinker.py"] },
  { name: "verl", trainer: "verl", tests: ["test_verl.py", "test_verl_by_address.py"] },
];

interface Row {
  readonly engine: string;
  readonly outcome: "pass" | "fail" | "skipped";
  readonly reason: string;
  readonly installSeconds: number;
  readonly testSeconds: number;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const seconds = (from: number): number => Math.round((performance.now() - from) / 100) / 10;

const { only, kills, results, json } = new Command("test:engines")
  .description(
    "Install each engine and test its trainer on it: real vLLM, SkyRL and verl on this machine's processor",
  )
  .addOption(new Option("--only <name>", "one engine").choices(ENGINES.map((one) => one.name)))
  .option("--kills", "instead of the tests: SIGKILL a process of each engine during a step of `spice train`")
  .option("--results <folder>", "leave each engine's JUnit report there, as engine-NAME.xml")
  .option("--json", "last line: one JSON object")
  .parse()
  .opts();

const source = await trainerSource();
const environment = process.env;

/** Returns the interpreter of an environment, which is installed when it is missing. */
async function interpreterOf(name: string): Promise<string> {
  const { folder } = await installTrainer({ name, source, environment, onProgress: say, withModel: false });
  return join(folder, "bin", "python");
}

/**
 * Returns the folder of the packages of pytest, all plain Python, for interpreters whose
 * environments have only the packages of their trainer.
 */
async function pytestPackages(): Promise<string> {
  const script = "import pytest,pathlib;print(pathlib.Path(pytest.__file__).parent.parent)";
  const { stdout } = await runCommand([await interpreterOf("engine-tests"), "-c", script], { environment });
  return stdout.trim();
}

async function test(engine: Engine, packages: string): Promise<Row> {
  const began = performance.now();
  let python: string;
  try {
    python = await interpreterOf(engine.trainer);
  } catch (error) {
    if (!(error instanceof SpiceError)) throw error;
    const skipped = {
      outcome: "skipped",
      reason: error.message.split("\n")[0] ?? "",
      testSeconds: 0,
    } as const;
    return { engine: engine.name, ...skipped, installSeconds: seconds(began) };
  }
  const installSeconds = seconds(began);
  const folder = await mkdtemp(join(tmpdir(), "spice-engines-"));
  const started = performance.now();
  try {
    const report = join(resolve(results ?? folder), `engine-${engine.name}.xml`);
    const tests = engine.tests.map((file) => join(source.root, "tests", "real_engines", file));
    // This folder is appended, so that a package of the environment of the engine is used first.
    const { PYTHONPATH: _, ...rest } = await withSampler(source.root, engine.trainer, environment);
    const { status, stdout } = await runCommand(
      [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", `--junitxml=${report}`, ...tests],
      {
        environment: { ...rest, PYTHONPATH: `${source.root}:${packages}` },
        cwd: source.root,
        onLine: say,
        timeoutMs: 1_800_000,
      },
    );
    const counts = junitCounts(await readFile(report, "utf8").catch(() => ""));
    const fine = status === 0 && counts.passed > 0;
    const told = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
    return {
      engine: engine.name,
      outcome: fine ? "pass" : "fail",
      reason:
        fine || counts.passed + counts.failed > 0
          ? told
          : (stdout.trim().split("\n").at(-1) ?? `exit ${status}`),
      installSeconds,
      testSeconds: seconds(started),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function killEach(): Promise<Killed[]> {
  const python = await interpreterOf("torch");
  const tokenizer = await prepareModel({
    ...{ run: runCommand, environment, python, root: source.root, model: "smollm2-135m" },
    onProgress: say,
  });
  const wanted = ENGINES.filter((one) => only === undefined || one.name === only).map((one) => one.trainer);
  const killed: Killed[] = [];
  for (const kill of KILLS.filter((one) => wanted.includes(one.trainer))) {
    await interpreterOf(kill.trainer);
    const one = await killDuringStep(kill, tokenizer, python);
    say(`${one.trainer}: ${one.victim} killed while ${one.during}: ${one.outcome} (${one.detail})`);
    killed.push(one);
  }
  return killed;
}

function reportKills(killed: readonly Killed[]): void {
  const cells = killed.map((one) => [
    one.trainer,
    `${one.victim}, ${one.during}`,
    one.outcome,
    String(one.stepsLost),
    String(one.stepsDoubled),
    String(one.orphans),
  ]);
  say(`\n${table(cells, ["trainer", "killed", "outcome", "steps lost", "doubled", "orphans"])}`);
  if (json) process.stdout.write(`${JSON.stringify({ kills: killed })}\n`);
  const clean = (one: Killed) =>
    one.outcome !== "failed" && one.stepsLost + one.stepsDoubled + one.orphans === 0;
  process.exitCode = killed.every(clean) ? 0 : 1;
}

async function testEach(): Promise<void> {
  const packages = await pytestPackages();
  const rows: Row[] = [];
  for (const engine of ENGINES.filter((one) => only === undefined || one.name === only)) {
    say(`\n${engine.name}: ${engine.trainer}, ${engine.tests.join(", ")}`);
    rows.push(await test(engine, packages));
  }
  say(
    `\n${table(
      rows.map((row) => [
        row.engine,
        row.outcome,
        `${row.installSeconds} s`,
        `${row.testSeconds} s`,
        row.reason,
      ]),
      ["engine", "outcome", "install", "tests", ""],
    )}`,
  );
  if (json) {
    const outcomes = Object.fromEntries(
      rows.map((row) => [row.engine, row.outcome === "pass" ? "pass" : `${row.outcome}: ${row.reason}`]),
    );
    process.stdout.write(`${JSON.stringify({ ...outcomes, rows })}\n`);
  }
  process.exitCode = rows.some((row) => row.outcome === "fail") ? 1 : 0;
}

if (kills === true) reportKills(await killEach());
else await testEach();
