import { Command } from "@commander-js/extra-typings";
import { findInterpreter } from "../../src/adapters/install/environments.js";
import { trainerSource } from "../../src/adapters/python/source.js";
import { readRunFiles } from "../chaos/compare.js";
import { fakeScenario } from "../chaos/scenario.js";
import { endOnTrainedNothing, requireTraining } from "../trained.js";
import { bigBatch } from "./big-batch.js";
import { cancelSample, cancelTrain } from "./cancel.js";
import { clockJump } from "./clock-jump.js";
import { damagedCheckpoint, tornEpisodes } from "./damaged-files.js";
import { diskFull } from "./disk-full.js";
import { expiredCertificate } from "./expired-certificate.js";
import type { Fault, Outcome, Setting } from "./fault.js";
import { Place } from "./place.js";
import { portTaken } from "./port-taken.js";
import { proxyVariables } from "./proxy-variables.js";
import { slowConsumer } from "./slow-consumer.js";
import { orphan, twoOrchestrators } from "./two-processes.js";
import { versionSkew } from "./version-skew.js";
import { wrongToken } from "./wrong-token.js";

const FAULTS: readonly Fault[] = [
  ...[portTaken, wrongToken, expiredCertificate, versionSkew, bigBatch, cancelSample, cancelTrain],
  ...[slowConsumer, proxyVariables, clockJump, diskFull, damagedCheckpoint, tornEpisodes],
  ...[twoOrchestrators, orphan],
];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function attempt(fault: Fault, setting: Setting): Promise<Outcome> {
  try {
    return await fault.run(setting);
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    return { done: "could not be made", seen: seen.split("\n")[0] ?? "", asExpected: false };
  }
}

const { only, json } = new Command("faults")
  .description(
    "Break things on purpose and print what comes of it (Linux; disk full needs the right to mount)",
  )
  .option("--only <text>", "faults whose name contains this", "")
  .option("--json", "last line: one JSON object")
  .parse()
  .opts();
await endOnTrainedNothing(async () => {
  const python = await findInterpreter((await trainerSource()).root, "fake", process.env);
  const scenario = await fakeScenario(python);
  const place = async () => new Place(await scenario.folder(), scenario);
  const whole = await place();
  const first = await whole.spice(whole.train());
  if (first.code !== 0) throw new Error(`the undisturbed run failed with ${first.code}:\n${first.stderr}`);
  const { trainedTokens } = requireTraining("fake, seed 1", await readRunFiles(await whole.run()));
  const setting: Setting = { python, scenario, place, undisturbed: await whole.run() };
  const results: { readonly name: string; readonly outcome: Outcome }[] = [];
  for (const fault of FAULTS.filter((one) => one.name.includes(only))) {
    const result = { name: fault.name, outcome: await attempt(fault, setting) };
    results.push(result);
    const { done, seen, asExpected } = result.outcome;
    say(`${asExpected ? "ok  " : "NOT "} ${fault.name.padEnd(20)} | ${done} | ${seen}`);
  }
  await whole[Symbol.asyncDispose]();
  const unexpected = results.filter((one) => !one.outcome.asExpected).map((one) => one.name);
  const summary = {
    faults: results.length,
    trainedTokens,
    asExpected: results.length - unexpected.length,
    unexpected,
  };
  say(`\n${summary.asExpected} of ${summary.faults} as expected`);
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  process.exitCode = unexpected.length === 0 ? 0 : 1;
});
