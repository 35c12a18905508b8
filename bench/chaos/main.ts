import { Command } from "@commander-js/extra-typings";
import { findInterpreter } from "../../src/adapters/install/environments.js";
import { prepareModel } from "../../src/adapters/install/model.js";
import { runCommand } from "../../src/adapters/python/run-command.js";
import { trainerSource } from "../../src/adapters/python/source.js";
import { endOnTrainedNothing } from "../trained.js";
import { isClean, playRound, type Round } from "./round.js";
import { fakeScenario, type Scenario, torchScenario } from "./scenario.js";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Plays rounds with new seeds until there were enough kills. */
async function rounds(scenario: Scenario, wanted: number, firstSeed: number): Promise<Round[]> {
  const all: Round[] = [];
  let left = wanted;
  for (let seed = firstSeed; left > 0; seed += 1) {
    const one = await playRound(scenario, seed, left);
    left -= one.kills;
    all.push(one);
    say(described(one));
    if (one.kept.length > 0) say(`kept for a look: ${one.kept[0]} (undisturbed), ${one.kept[1]}`);
  }
  return all;
}

const mark = (equal: boolean): string => (equal ? "equal" : "DIFFER");

const described = (one: Round): string =>
  [
    `${one.scenario.padEnd(6)} seed ${one.seed}: ${String(one.kills).padStart(3)} kills`,
    `${one.killsCompared} compared steps that trained, ${one.kills - one.killsCompared} compared none`,
    `${one.steps} steps, ${one.trained.trainedTokens} trained tokens, ${one.trained.digests.length} digests`,
    `lost ${one.stepsLost}, doubled ${one.stepsDoubled}`,
    `episodes ${mark(one.episodesEqual)}, metrics ${mark(one.metricsEqual)}, weights ${mark(one.digestsEqual)}`,
    `orphans ${one.orphans}`,
  ].join("; ");

const { kills, torchKills, seed, json } = new Command("chaos")
  .description(
    "Kill orchestrator and trainer at random and compare with undisturbed runs (Linux; needs `spice trainer install torch`)",
  )
  .option("--kills <n>", "SIGKILLs in all", Number, 100)
  .option("--torch-kills <n>", "of these, on a tiny PyTorch model; 0 leaves it out", Number, 10)
  .option("--seed <n>", "first seed: of experiments and kills", Number, 1)
  .option("--json", "last line: one JSON object")
  .parse()
  .opts();

await endOnTrainedNothing(async () => {
  const { root } = await trainerSource();
  const python = await findInterpreter(root, "torch", process.env);
  const results = await rounds(await fakeScenario(python), kills - torchKills, seed);
  if (torchKills > 0) {
    const model = await prepareModel({
      ...{ run: runCommand, environment: process.env, python, root, model: "smollm2-135m" },
      onProgress: say,
    });
    results.push(...(await rounds(await torchScenario(model, python), torchKills, seed)));
  }
  const summary = summarise(results);
  say("");
  for (const [name, value] of Object.entries(summary)) say(`${name.padEnd(20)} ${value}`);
  if (summary.killsComparedNone > 0)
    say(
      `${summary.killsComparedNone} of ${summary.kills} kills say nothing: no step that trained came after them`,
    );
  // Most kills must lead to a comparison.
  const telling = summary.killsCompared > summary.killsComparedNone;
  if (!telling && summary.kills > 0) say("FAILED most kills compared no step that trained");
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  process.exitCode = results.every(isClean) && (telling || summary.kills === 0) ? 0 : 1;
});

/** Returns the figures of all rounds. */
function summarise(results: readonly Round[]) {
  const sum = (of: (one: Round) => number): number => results.reduce((total, one) => total + of(one), 0);
  return {
    kills: sum((one) => one.kills),
    killsCompared: sum((one) => one.killsCompared),
    killsComparedNone: sum((one) => one.kills - one.killsCompared),
    runs: results.length,
    steps: sum((one) => one.steps),
    trainedTokens: sum((one) => one.trained.trainedTokens),
    policyDigests: new Set(results.flatMap((one) => one.trained.digests)).size,
    stepsLost: sum((one) => one.stepsLost),
    stepsDoubled: sum((one) => one.stepsDoubled),
    episodesEqual: results.every((one) => one.episodesEqual),
    metricsEqual: results.every((one) => one.metricsEqual),
    digestsEqual: results.every((one) => one.digestsEqual),
    orphans: sum((one) => one.orphans),
  };
}
