import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";
import { fileError } from "../files/errors.js";
import type { Environment } from "../python/run-command.js";
import type { TrainerSource } from "../python/source.js";
import { stopProcess } from "../python/stop-process.js";
import { type LogTail, openLogTail } from "./log-tail.js";
import { awaitReady, type ReadyLine } from "./ready.js";

/** What to start. */
export interface SidecarOptions {
  /** Interpreter of an environment that has the backend's packages (`findInterpreter`). */
  readonly python: string;
  readonly source: TrainerSource;
  /** `torch`, `fake`. */
  readonly backend: string;
  /** @default "127.0.0.1:0", a free port */
  readonly listen?: string;
  /** Mutual TLS, without which only this machine can be listened on. */
  readonly tls?: SidecarTls;
  /** `tcp://127.0.0.1:port` of the event stream's bound socket; no events when absent. */
  readonly eventsAddress?: string;
  /** Folder for checkpoints; without it the sidecar refuses to save. */
  readonly checkpointRoot?: string;
  /** stderr of the sidecar is appended here. */
  readonly logPath: string;
  readonly environment: Environment;
  /** Threads of the numeric libraries. @default all cores */
  readonly threads?: number;
  /** Never ask a model hub: set when the model is on this machine. @default false */
  readonly offline?: boolean;
  /** How long the start may take. Importing torch from a cold disk takes the better part of a minute. @default 180 000 */
  readonly startTimeoutMs?: number;
  /** How long each of the three ways to stop may take. @default 10 000 */
  readonly graceMs?: number;
  readonly signal?: AbortSignal;
}

/** Paths of PEM files. */
export interface SidecarTls {
  readonly cert: string;
  /** Mode 0600. */
  readonly key: string;
  /** Authority of the certificates of clients. */
  readonly clientCa: string;
}

/** A running sidecar. Disposing stops it. */
export interface Sidecar extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** Bearer token, new for each process; never on a command line or in a log. */
  readonly token: string;
  readonly pid: number;
  readonly version: string;
  readonly logPath: string;
  /** Aborts when the process ends without having been asked to; the reason is a SpiceError with its last log lines. */
  readonly lifetime: AbortSignal;
  /** End its stdin, then SIGTERM, then SIGKILL. Safe to call twice. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 180_000;
const GRACE_MS = 10_000;

/**
 * Start a sidecar and wait until it listens. Its stdin stays open as a lifeline: when this process dies, however it dies, the
 * sidecar reads the end of it and leaves.
 *
 * @throws SpiceError `SIDECAR_EXITED`, `SIDECAR_TIMEOUT`, `SIDECAR_VERSION`, or the sidecar's own reason (exit 3)
 */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const token = randomBytes(32).toString("hex");
  const log = await openLog(options.logPath);
  const secrets = await mkdtemp(join(tmpdir(), "spice-"));
  let child: ChildProcess | null = null;
  try {
    const tokenFile = join(secrets, "token");
    await writeFile(tokenFile, token, { mode: 0o600 });
    child = spawn(options.python, sidecarArguments(options, tokenFile), {
      env: sidecarEnvironment(options),
      stdio: ["pipe", "pipe", log.fd],
      // Its own group: Ctrl-C in the terminal reaches us alone, and we finish the step first.
      detached: true,
    });
    const timeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
    const ready = await awaitReady(child, log, {
      timeoutMs,
      ...(options.signal && { signal: options.signal }),
    });
    checkVersion(ready, options);
    return running(child, ready, token, log, options.graceMs ?? GRACE_MS);
  } catch (error) {
    if (child !== null) await stopProcess(child, 1000);
    await log.close();
    throw error;
  } finally {
    // Read once at the start; nothing needs it on the disk afterwards.
    await rm(secrets, { recursive: true, force: true });
  }
}

async function openLog(path: string): Promise<LogTail> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await openLogTail(await open(path, "a+"), path);
  } catch (error) {
    throw fileError(error, "opening the trainer's log", path, "trainer");
  }
}

function sidecarArguments(options: SidecarOptions, tokenFile: string): string[] {
  const { backend, listen = "127.0.0.1:0", tls, eventsAddress, checkpointRoot } = options;
  return [
    ...["-m", "spice_trainer", "serve", "--backend", backend, "--listen", listen, "--token-file", tokenFile],
    ...(tls === undefined
      ? []
      : ["--tls-cert", tls.cert, "--tls-key", tls.key, "--tls-client-ca", tls.clientCa]),
    ...(eventsAddress === undefined ? [] : ["--events", eventsAddress]),
    ...(checkpointRoot === undefined ? [] : ["--checkpoint-root", checkpointRoot]),
  ];
}

function sidecarEnvironment(options: SidecarOptions): NodeJS.ProcessEnv {
  const threads = String(options.threads ?? availableParallelism());
  const { environment } = options;
  const loopback = [environment["NO_PROXY"] ?? environment["no_proxy"], "127.0.0.1", "localhost", "::1"];
  const noProxy = loopback.filter(Boolean).join(",");
  return {
    OMP_NUM_THREADS: threads,
    MKL_NUM_THREADS: threads,
    ...environment,
    PYTHONPATH: options.source.root,
    PYTHONUNBUFFERED: "1",
    // A checkout may be read-only or shared by several Python versions.
    PYTHONDONTWRITEBYTECODE: "1",
    TOKENIZERS_PARALLELISM: "false",
    NO_PROXY: noProxy,
    no_proxy: noProxy,
    ...(options.offline ? { HF_HUB_OFFLINE: "1", TRANSFORMERS_OFFLINE: "1" } : {}),
  };
}

function checkVersion(ready: ReadyLine, { source, python }: SidecarOptions): void {
  if (ready.version === source.version) return;
  throw new SpiceError(`The trainer is version ${ready.version}, but this program needs ${source.version}.`, {
    code: "SIDECAR_VERSION",
    boundary: "trainer",
    where: python,
    hint: "Another copy of spice_trainer comes first in that environment: uninstall it there.",
    exit: EXIT.environment,
  });
}

function running(
  child: ChildProcess,
  ready: ReadyLine,
  token: string,
  log: LogTail,
  graceMs: number,
): Sidecar {
  const ended = new AbortController();
  let stopping: Promise<void> | null = null;
  const onExit = () => {
    if (stopping === null) ended.abort(log.exitError(child.exitCode, child.signalCode));
  };
  child.once("exit", onExit);
  // It may have died between its ready line and now.
  if (child.exitCode !== null || child.signalCode !== null) onExit();
  const stop = () => {
    stopping ??= stopProcess(child, graceMs).finally(() => log.close());
    return stopping;
  };
  const { address, pid, version } = ready;
  return {
    address,
    token,
    pid,
    version,
    logPath: log.path,
    lifetime: ended.signal,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
