import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { makeCertificates } from "../../adapters/certificates/certificates.js";
import { findInterpreter, listTrainers, withSampler } from "../../adapters/install/environments.js";
import { installTrainer } from "../../adapters/install/install.js";
import { spiceHome } from "../../adapters/python/home.js";
import { trainerSource } from "../../adapters/python/source.js";
import { type SidecarTls, startSidecar } from "../../adapters/sidecar/process.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import { command } from "../terminal/options.js";
import { table } from "../terminal/output.js";
import { perform } from "../terminal/perform.js";
import { interceptSignals } from "../terminal/signals.js";

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
     spice trainer serve --backend fake --listen 127.0.0.1:50051
     spice trainer serve --listen 0.0.0.0:50051 --tls-cert server.crt --tls-key server.key --tls-client-ca ca.crt`,
  )
    .option("--backend <name>", "torch, torch+vllm, verl, or fake (deterministic, no model)", "torch")
    .option(
      "--listen <address>",
      "loopback host:port or unix:///path, any host with TLS; port 0 takes a free one",
      "127.0.0.1:50051",
    )
    .option("--tls-cert <file>", "the trainer's certificate, PEM (docs/security.md)")
    .option("--tls-key <file>", "its key, PEM, mode 0600")
    .option("--tls-client-ca <file>", "authority of the certificates that clients show, PEM")
    .option("--checkpoints <dir>", "folder for checkpoints", "./checkpoints")
    .action((options) =>
      perform(options, async ({ output, logAt }) => {
        using signals = interceptSignals(output, false);
        const tls = tlsOptions(options);
        const source = await trainerSource();
        const home = spiceHome(process.env);
        const logPath = join(home, "logs", "trainer.log");
        logAt(logPath);
        await using sidecar = await startSidecar({
          python: await findInterpreter(source.root, options.backend, process.env),
          source,
          backend: options.backend,
          listen: options.listen,
          ...(tls === null ? {} : { tls }),
          checkpointRoot: resolve(options.checkpoints),
          logPath,
          environment: await withSampler(source.root, options.backend, process.env),
          signal: signals.signal,
        });
        const tokenFile = join(home, "trainer-token");
        await writeFile(tokenFile, `${sidecar.token}\n`, { mode: 0o600 });
        const { address, pid } = sidecar;
        output.document("spice.trainer-serve/1", { address, pid, tokenFile, logPath });
        output.note(`Listening on ${address}; log in ${logPath}. ${tls === null ? LOCAL : REMOTE}
  export SPICE_TRAINER_ADDRESS=${address} SPICE_TRAINER_TOKEN=$(cat ${tokenFile})
  spice train`);
        await aborted(AbortSignal.any([signals.signal, sidecar.lifetime]));
        sidecar.lifetime.throwIfAborted();
        return signals.exitCode() ?? undefined;
      }),
    );

const LOCAL = "In another terminal:";
const REMOTE =
  "On the other machine, with the trainer's host name in the address, trainer.tls set and the token copied by hand:";

const certsCommand = () =>
  command(
    "certs",
    "make a private authority and a certificate for each side, for mutual TLS (needs openssl)",
    `spice trainer certs ./tls --name gpu1.example.org
     spice trainer certs ./tls --name 10.0.0.5 --days 90`,
  )
    .argument("<dir>", "a folder that does not exist yet")
    .option("--name <name>", "host name or address of the trainer; repeatable", collect, [])
    .option("--days <n>", "how long the certificates are valid", Number, 365)
    .action((folder, options) =>
      perform(options, async ({ output }) => {
        const made = await makeCertificates({
          folder: resolve(folder),
          names: options.name,
          days: options.days,
          environment: process.env,
        });
        output.document("spice.trainer-certs/1", made);
        output.text(Object.values(made).join("\n"));
        output.note(`Where the trainer runs: ${made.ca}, ${made.serverCert}, ${made.serverKey}
Where spice runs:       ${made.ca}, ${made.clientCert}, ${made.clientKey}
Keep ${made.caKey} off both: whoever has it can make more certificates.`);
        return undefined;
      }),
    );

/** `spice trainer install | list | serve | certs`: the Python side. */
export const trainerCommand = () =>
  new Command("trainer")
    .description("install, list and run trainers")
    .addCommand(installCommand())
    .addCommand(listCommand())
    .addCommand(serveCommand())
    .addCommand(certsCommand());

function tlsOptions(given: {
  tlsCert?: string | undefined;
  tlsKey?: string | undefined;
  tlsClientCa?: string | undefined;
}): SidecarTls | null {
  const { tlsCert: cert, tlsKey: key, tlsClientCa: clientCa } = given;
  if (cert === undefined && key === undefined && clientCa === undefined) return null;
  if (cert !== undefined && key !== undefined && clientCa !== undefined)
    return { cert: resolve(cert), key: resolve(key), clientCa: resolve(clientCa) };
  throw new SpiceError("--tls-cert, --tls-key and --tls-client-ca go together.", {
    code: "TLS_OPTIONS",
    boundary: "cli",
    hint: "A trainer on the network takes no client without a certificate: give all three, or none.",
    exit: EXIT.usage,
  });
}

const collect = (value: string, before: string[]): string[] => [...before, value];

const versions = (of: Readonly<Record<string, string>>): string =>
  ["torch", "transformers", "trl", "grpcio"]
    .flatMap((name) => (of[name] ? `${name} ${of[name]}` : []))
    .join(", ");

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
