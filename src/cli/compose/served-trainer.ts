import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { findInterpreter, withSampler } from "../../adapters/install/environments.js";
import { spiceHome } from "../../adapters/python/home.js";
import { trainerSource } from "../../adapters/python/source.js";
import { type Sidecar, type SidecarTls, startSidecar } from "../../adapters/sidecar/process.js";
import { EXIT, SpiceError } from "../../app/errors.js";

/** What to serve, and where. */
export interface ServeOptions {
  /** A name of `BACKENDS`. */
  readonly backend: string;
  /** `host:port` or `unix:///path`. */
  readonly listen: string;
  /** Null: only this machine can connect. */
  readonly tls: SidecarTls | null;
  /** Absolute path of the folder for checkpoints. */
  readonly checkpointRoot: string;
  /** Told where the trainer's log is, before the trainer is started. */
  readonly logAt: (path: string) => void;
  readonly signal: AbortSignal;
}

/** A trainer that listens, and the file with its bearer token. Disposing stops it. */
export interface ServedTrainer extends AsyncDisposable {
  readonly sidecar: Sidecar;
  /** Mode 0600. */
  readonly tokenFile: string;
}

/**
 * Start a trainer for clients that connect from elsewhere, and write its token into the folder of
 * `SPICE_HOME`.
 *
 * @throws SpiceError `TRAINER_NOT_INSTALLED`, or a reason of the trainer, for example that the
 *   address is taken (exit 3)
 */
export async function serveTrainer(options: ServeOptions): Promise<ServedTrainer> {
  const { backend, listen, tls, checkpointRoot, signal } = options;
  const source = await trainerSource();
  const home = spiceHome(process.env);
  const logPath = join(home, "logs", "trainer.log");
  options.logAt(logPath);
  const sidecar = await startSidecar({
    python: await findInterpreter(source.root, backend, process.env),
    source,
    backend,
    listen,
    ...(tls === null ? {} : { tls }),
    checkpointRoot,
    logPath,
    environment: await withSampler(source.root, backend, process.env),
    signal,
  });
  const tokenFile = join(home, "trainer-token");
  try {
    await writeFile(tokenFile, `${sidecar.token}\n`, { mode: 0o600 });
  } catch (error) {
    await sidecar.stop();
    throw error;
  }
  return { sidecar, tokenFile, [Symbol.asyncDispose]: () => sidecar.stop() };
}

/**
 * The three TLS options as one value; null when none is given.
 *
 * @throws SpiceError `TLS_OPTIONS` (exit 2) when only some are given
 */
export function serverTls(given: {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsClientCa?: string | undefined;
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

/**
 * Wait until a person stops the trainer.
 *
 * @throws SpiceError the reason of `lifetime` when the trainer's process ends first
 */
export async function lifetimeEnd(stop: AbortSignal, lifetime: AbortSignal): Promise<void> {
  const either = AbortSignal.any([stop, lifetime]);
  await new Promise<void>((done) => {
    if (either.aborted) done();
    else either.addEventListener("abort", () => done(), { once: true });
  });
  lifetime.throwIfAborted();
}
