import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";
import { fileError } from "../files/errors.js";
import { exposedPackages } from "../python/exposed.js";
import type { Environment } from "../python/run-command.js";
import type { TrainerSource } from "../python/source.js";
import { stopProcess } from "../python/stop-process.js";
import { type LogTail, openLogTail } from "./log-tail.js";
import { awaitReady, type ReadyLine } from "./ready.js";

/** Options of `startSidecar`. */
export interface SidecarOptions {
  /** Interpreter of an environment with the packages of the backend (`findInterpreter`). */
  readonly python: string;
  readonly source: TrainerSource;
  /** For example `torch` or `fake`. */
  readonly backend: string;
  /** Address on which the sidecar listens. @default "127.0.0.1:0", a free port */
  readonly listen?: string;
  /** Mutual TLS. Without it, the sidecar can listen only for connections from this machine. */
  readonly tls?: SidecarTls;
  /**
   * Address of the bound socket of the event stream, `tcp://127.0.0.1:port`; no events when absent.
   */
  readonly eventsAddress?: string;
  /** Folder for checkpoints. Without it, the sidecar refuses to save. */
  readonly checkpointRoot?: string;
  /** File to which the stderr of the sidecar is appended. */
  readonly logPath: string;
  readonly environment: Environment;
  /** Number of threads of the numeric libraries. @default all cores */
  readonly threads?: number;
  /** Never contacts a model hub. Set when the model is on this machine. @default false */
  readonly offline?: boolean;
  /**
   * Time limit of the start, in milliseconds. Importing torch from a cold disk takes almost a
   * minute. @default 180 000
   */
  readonly startTimeoutMs?: number;
  /** Time limit for each stage of a stop, in milliseconds, see `stopProcess`. @default 10 000 */
  readonly graceMs?: number;
  readonly signal?: AbortSignal;
}

/** Paths of PEM files. */
export interface SidecarTls {
  readonly cert: string;
  /** The file must have mode 0600. */
  readonly key: string;
  /** Authority that signs the certificates of clients. */
  readonly clientCa: string;
}

/** A running sidecar. Disposal stops it. */
export interface Sidecar extends AsyncDisposable {
  /** Address of the sidecar, `127.0.0.1:port`. */
  readonly address: string;
  /** Bearer token, new for each process. It is never on a command line or in a log. */
  readonly token: string;
  readonly pid: number;
  readonly version: string;
  readonly logPath: string;
  /**
   * Aborts when the process ends before `stop` is called. The reason is a SpiceError with the last
   * lines of the log.
   */
  readonly lifetime: AbortSignal;
  /** Stops the process, see `stopProcess`. A second call has no effect. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 180_000;
const GRACE_MS = 10_000;

/**
 * Starts a sidecar and waits until it listens. Its stdin stays open. When this process ends for any
 * reason, the sidecar reads the end of its stdin and ends too.
 *
 * @throws SpiceError `SIDECAR_EXITED`, `SIDECAR_TIMEOUT`, `SIDECAR_PROTOCOL`, `SIDECAR_VERSION`, or
 * the sidecar's own reason (exit 3)
 */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const token = randomBytes(32).toString("hex");
  const log = await openLog(options.logPath);
  const secrets = await mkdtemp(join(tmpdir(), "spice-"));
  let child: ChildProcess | null = null;
  try {
    const tokenFile = join(secrets, "token");
    await writeFile(tokenFile, token, { mode: 0o600 });
    // A folder of the user that cannot be written is no reason to start no trainer.
    const packages = await exposedPackages(options.source, options.environment).catch(
      () => options.source.root,
    );
    child = spawn(options.python, sidecarArguments(options, tokenFile), {
      env: sidecarEnvironment(options, packages),
      stdio: ["pipe", "pipe", log.fd],
      // The sidecar has its own process group. Ctrl-C in the terminal reaches only this process,
      // which finishes the step first.
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
    // The sidecar reads the token once, at its start. The file is not needed after that.
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

/** `packages`: folder with the packages of the sidecar. */
function sidecarEnvironment(options: SidecarOptions, packages: string): NodeJS.ProcessEnv {
  const threads = String(options.threads ?? availableParallelism());
  const { environment } = options;
  const loopback = [environment["NO_PROXY"] ?? environment["no_proxy"], "127.0.0.1", "localhost", "::1"];
  const noProxy = loopback.filter(Boolean).join(",");
  return {
    OMP_NUM_THREADS: threads,
    MKL_NUM_THREADS: threads,
    ...environment,
    PYTHONPATH: pythonPath(packages, environment),
    PYTHONUNBUFFERED: "1",
    TOKENIZERS_PARALLELISM: "false",
    NO_PROXY: noProxy,
    no_proxy: noProxy,
    ...(options.offline ? { HF_HUB_OFFLINE: "1", TRANSFORMERS_OFFLINE: "1" } : {}),
  };
}

/**
 * The packages of the sidecar come first, so that no other copy of them is imported. An environment
 * of the user keeps its own PYTHONPATH. An environment of this program gets none, because it is
 * complete.
 */
function pythonPath(packages: string, environment: Environment): string {
  const own = environment["SPICE_TRAINER_PYTHON"] ? environment["PYTHONPATH"] : undefined;
  return own ? [packages, own].join(delimiter) : packages;
}

function checkVersion(ready: ReadyLine, { source, python }: SidecarOptions): void {
  if (ready.version === source.version) return;
  throw new SpiceError(`The trainer is version ${ready.version}, but this program needs ${source.version}.`, {
    code: "SIDECAR_VERSION",
    boundary: "trainer",
    where: python,
    hint: "That environment uses another copy of spice_trainer first: uninstall that copy.",
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
  // The process may have ended between its ready line and this line.
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
