import { Command, Option } from "@commander-js/extra-typings";
import { findInterpreter } from "../../src/adapters/install/environments.js";
import { prepareModel } from "../../src/adapters/install/model.js";
import { runCommand } from "../../src/adapters/python/run-command.js";
import { trainerSource } from "../../src/adapters/python/source.js";
import { fakeScenario, type Scenario, torchScenario } from "../chaos/scenario.js";
import { endOnTrainedNothing } from "../trained.js";
import { judge, type Soak } from "./report.js";
import { soakRun } from "./run.js";

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const SCENARIOS = ["fake", "torch"] as const;

const { steps, only, json } = new Command("soak")
  .description(
    "Train for many steps and see whether memory, descriptors or step time rise (Linux; needs `spice trainer install torch`)",
  )
  .option("--steps <n>", "steps of each run, 50 or more", Number, 500)
  .addOption(new Option("--only <trainer>", "one of the two runs").choices(SCENARIOS))
  .option("--json", "last line: one JSON object")
  .parse()
  .opts();
if (!Number.isInteger(steps) || steps < 50) throw new Error("--steps is a whole number of 50 or more");

async function scenario(name: (typeof SCENARIOS)[number]): Promise<Scenario> {
  const { root } = await trainerSource();
  const python = await findInterpreter(root, "torch", process.env);
  if (name === "fake") return fakeScenario(python);
  const model = await prepareModel({
    ...{ run: runCommand, environment: process.env, python, root, model: "smollm2-135m" },
    onProgress: say,
  });
  return torchScenario(model, python);
}

await endOnTrainedNothing(async () => {
  const soaks: Soak[] = [];
  for (const name of only === undefined ? SCENARIOS : [only]) {
    const run = await soakRun(await scenario(name), steps, ({ step, seconds, orchestrator, trainer }) => {
      if (step % 25 === 0)
        say(
          `${name} step ${step}: ${seconds.toFixed(2)} s, orchestrator ${orchestrator.rssKiB >> 10} MiB, trainer ${trainer.rssKiB >> 10} MiB`,
        );
    });
    const { soak, text } = judge(name, run);
    soaks.push(soak);
    say(`\n${text}\n`);
  }

  /** Returns `{trainer: value}` over the runs. */
  const each = <T>(of: (soak: Soak) => T): Record<string, T> =>
    Object.fromEntries(soaks.map((soak) => [soak.scenario, of(soak)]));
  const summary = {
    steps,
    trainedTokens: each((one) => one.trainedTokens),
    memorySlopeKiBPerStep: each((one) => one.memorySlopeKiBPerStep),
    descriptorsDelta: each((one) => one.descriptorsDelta),
    latencyRatio: each((one) => one.latencyRatio),
    cpuRatio: each((one) => one.cpuRatio),
    flat: soaks.every((one) => one.flat),
  };
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  process.exitCode = summary.flat ? 0 : 1;
});
