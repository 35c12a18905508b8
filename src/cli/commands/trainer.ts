import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { findInterpreter, listTrainers } from "../../adapters/sidecar/environments.js";
import { spiceHome } from "../../adapters/sidecar/home.js";
import { installTrainer } from "../../adapters/sidecar/install.js";
import { startSidecar } from "../../adapters/sidecar/process.js";
import { trainerSource } from "../../adapters/sidecar/source.js";
import { command } from "../options.js";
import { table } from "../output.js";
import { perform } from "../perform.js";
import { interceptSignals } from "../signals.js";

const installCommand = () =>
  command(
    "install",
    "install a trainer into an environment of its own, and prepare its default model",
    `spice trainer install torch
     SPICE_HOME=/data/spice spice trainer install torch`,
  )
    .argument("[name]", "what to install; `spice trainer list` shows the names", "torch")
    .option("--no-model", "do not fetch the default model")
    .action((name, options) =>
      perform(options, async ({ output }) => {
        using signals = interceptSignals(output, false);
        const { folder, marker, changed, model } = await installTrainer({
          name,
          source: await trainerSource(),
          environment: process.env,
          withModel: options.model,
          onProgress: (line) => output.note(line),
          signal: signals.signal,
        });
        output.document("spice.trainer-install/1", { folder, marker, changed, model });
        output.text(folder);
        output.next("spice doctor");
        return undefined;
      }),
    );

const listCommand = () =>
  command("list", "what can be installed and what is", "spice trainer list").action((options) =>
    perform(options, async ({ output }) => {
      const trainers = await listTrainers((await trainerSource()).root, process.env);
      output.document("spice.trainers/1", {
        trainers: trainers.map(({ entry, folder, installed }) => ({
          name: entry.name,
          summary: entry.summary,
          folder,
          installed,
        })),
      });
      const rows = trainers.map(({ entry, installed }) => [
        entry.name,
        installed === null ? "no" : "yes",
        installed === null ? "" : versions(installed.versions),
        entry.summary,
      ]);
      output.text(table(rows, ["NAME", "INSTALLED", "VERSIONS", "WHAT"]));
      return undefined;
    }),
  );

const serveCommand = () =>
  command(
    "serve",
    "run a trainer by itself, for orchestrators started elsewhere",
    `spice trainer serve
     spice trainer serve --backend fake --listen 127.0.0.1:50051`,
  )
    .option("--backend <name>", "torch, or fake (deterministic, no model)", "torch")
    .option(
      "--listen <address>",
      "loopback host:port or unix:///path; port 0 takes a free one",
      "127.0.0.1:50051",
    )
    .option("--checkpoints <dir>", "folder for checkpoints", "./checkpoints")
    .action((options) =>
      perform(options, async ({ output, logAt }) => {
        using signals = interceptSignals(output, false);
        const source = await trainerSource();
        const home = spiceHome(process.env);
        const logPath = join(home, "logs", "trainer.log");
        logAt(logPath);
        await using sidecar = await startSidecar({
          python: await findInterpreter(source.root, options.backend, process.env),
          source,
          backend: options.backend,
          listen: options.listen,
          checkpointRoot: resolve(options.checkpoints),
          logPath,
          environment: process.env,
          signal: signals.signal,
        });
        const tokenFile = join(home, "trainer-token");
        await writeFile(tokenFile, `${sidecar.token}\n`, { mode: 0o600 });
        const { address, pid } = sidecar;
        output.document("spice.trainer-serve/1", { address, pid, tokenFile, logPath });
        output.note(`Listening on ${address}; log in ${logPath}. In another terminal:
  export SPICE_TRAINER_ADDRESS=${address} SPICE_TRAINER_TOKEN=$(cat ${tokenFile})
  spice train`);
        await aborted(AbortSignal.any([signals.signal, sidecar.lifetime]));
        sidecar.lifetime.throwIfAborted();
        return signals.exitCode() ?? undefined;
      }),
    );

/** `spice trainer install | list | serve`: the Python side. */
export const trainerCommand = () =>
  new Command("trainer")
    .description("install, list and run trainers")
    .addCommand(installCommand())
    .addCommand(listCommand())
    .addCommand(serveCommand());

const versions = (of: Readonly<Record<string, string>>): string =>
  ["torch", "transformers", "trl", "grpcio"]
    .flatMap((name) => (of[name] ? `${name} ${of[name]}` : []))
    .join(", ");

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
