import { resolve } from "node:path";
import { BACKENDS } from "../../../adapters/install/catalog.js";
import { oldOption } from "../../terminal/arguments.js";
import { command } from "../../terminal/options.js";
import { perform } from "../../terminal/perform.js";
import { interceptSignals } from "../../terminal/signals.js";

const LOCAL = "In another terminal:";
const REMOTE =
  "On the other machine, with the trainer's host name in the address, trainer.tls set and the token copied by hand:";

const declared = () =>
  command(
    "serve",
    "run a trainer by itself, for orchestrators started elsewhere",
    `spice trainer serve
     spice trainer serve --backend fake --listen 127.0.0.1:50051
     spice trainer serve --listen 0.0.0.0:50051 --tls-cert server.crt --tls-key server.key --tls-client-ca ca.crt`,
  )
    .option(
      "--backend <name>",
      `${BACKENDS.join(", ")}, or your own (docs/trainers/bring-your-own.md)`,
      "torch",
    )
    .option(
      "--listen <address>",
      "loopback host:port or unix:///path, any host with TLS; port 0 takes a free one",
      "127.0.0.1:50051",
    )
    .option("--tls-cert <file>", "the trainer's certificate, PEM (docs/security.md)")
    .option("--tls-key <file>", "its key, PEM, mode 0600")
    .option("--tls-client-ca <file>", "authority of the certificates that clients show, PEM")
    .option("--checkpoint-root <dir>", "folder for checkpoints", "./checkpoints");

/** `spice trainer serve`: a trainer for orchestrators that were started elsewhere. */
export const serveCommand = () =>
  oldOption(declared(), "--checkpoints <dir>", "checkpointRoot").action((options) =>
    perform(options, async ({ output, logAt }) => {
      const { lifetimeEnd, serverTls, serveTrainer } = await import("../../compose/served-trainer.js");
      using signals = interceptSignals(output, false);
      const tls = serverTls(options);
      await using served = await serveTrainer({
        backend: options.backend,
        listen: options.listen,
        tls,
        checkpointRoot: resolve(options.checkpointRoot),
        logAt,
        signal: signals.signal,
      });
      const { address, pid, logPath } = served.sidecar;
      const { tokenFile } = served;
      output.document("spice.trainer-serve/1", { address, pid, tokenFile, logPath });
      output.note(`Listening on ${address}; log in ${logPath}. ${tls === null ? LOCAL : REMOTE}
  export SPICE_TRAINER_ADDRESS=${address} SPICE_TRAINER_TOKEN=$(cat ${tokenFile})
  spice train`);
      await lifetimeEnd(signals.signal, served.sidecar.lifetime);
      return signals.exitCode() ?? undefined;
    }),
  );
