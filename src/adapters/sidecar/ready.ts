import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { LogTail } from "./log-tail.js";

/** The line that a sidecar prints on stdout when it listens. */
export interface ReadyLine {
  readonly ready: true;
  readonly address: string;
  readonly pid: number;
  readonly version: string;
  /** Package of the contract, `spice.trainer.v1`. */
  readonly protocol: string;
}

/**
 * Waits for the ready line.
 *
 * @throws SpiceError `SIDECAR_EXITED` when the process ends first, `SIDECAR_TIMEOUT` when no line
 * arrives in time, `SIDECAR_PROTOCOL` for another line (exit 3)
 */
export async function awaitReady(
  child: ChildProcess,
  log: LogTail,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<ReadyLine> {
  const { stdout } = child;
  if (stdout === null) throw new Error("the sidecar was started without a stdout pipe");
  const limit = AbortSignal.timeout(timeoutMs);
  const stopped = AbortSignal.any([limit, ...(signal === undefined ? [] : [signal])]);
  const lines = createInterface({ input: stdout });
  let forget = (): void => undefined;
  try {
    const text = await new Promise<string>((resolve, reject) => {
      const onAbort = () => reject(signal?.aborted ? signal.reason : tooSlow(child, timeoutMs, log));
      const onError = (cause: Error) => reject(notStarted(child, cause));
      const onClose = (status: number | null, by: NodeJS.Signals | null) => reject(log.exitError(status, by));
      stopped.addEventListener("abort", onAbort, { once: true });
      child.once("error", onError).once("close", onClose);
      lines.once("line", resolve);
      forget = () => {
        stopped.removeEventListener("abort", onAbort);
        child.off("error", onError).off("close", onClose);
      };
      if (stopped.aborted) onAbort();
    });
    return parseReady(text, log);
  } finally {
    forget();
    lines.close();
    // No more output is expected. It is still read, because a full pipe would block the sidecar.
    stdout.resume();
  }
}

function parseReady(text: string, log: LogTail): ReadyLine {
  try {
    const line = JSON.parse(text) as Partial<ReadyLine>;
    if (line.ready === true && typeof line.address === "string" && typeof line.version === "string") {
      return line as ReadyLine;
    }
  } catch {
    // The error below is for all lines that are not the ready line.
  }
  throw new SpiceError(`The trainer printed something else than its ready line: ${text.slice(0, 200)}`, {
    code: "SIDECAR_PROTOCOL",
    boundary: "trainer",
    where: log.path,
    hint: "A part of its environment prints on stdout when Python starts (a sitecustomize, a wrapper): remove that part.",
    exit: EXIT.environment,
  });
}

/**
 * The error for a process that did not print its ready line in time. A process that also wrote no
 * log gets a text of its own, because its log file cannot say more.
 */
function tooSlow(child: ChildProcess, timeoutMs: number, log: LogTail): SpiceError {
  const quoted = log.quote();
  const silent = quoted === "";
  const seconds = timeoutMs / 1000;
  const command = child.spawnargs.join(" ");
  return new SpiceError(
    silent
      ? `The trainer did not start within ${seconds} s. Its process wrote nothing and was stopped. Its log is empty. The command was: ${command}`
      : `The trainer did not start within ${seconds} s. Its process was stopped.${quoted}\nThe command was: ${command}`,
    {
      code: "SIDECAR_TIMEOUT",
      boundary: "trainer",
      where: log.path,
      hint: silent
        ? "Python did not run, or it was still loading its first packages. Try again: a second start finds the files in memory. When that fails too, run `spice doctor`, which starts a trainer without a model."
        : "The machine may be overloaded or its disk slow. The lines above say what the trainer did last. Try again.",
      exit: EXIT.environment,
    },
  );
}

function notStarted(child: ChildProcess, cause: Error): SpiceError {
  return new SpiceError(`The trainer's Python could not be started: ${cause.message}.`, {
    code: "SIDECAR_EXITED",
    boundary: "trainer",
    where: child.spawnfile,
    hint: "Run `spice trainer list`; delete a damaged environment's folder and install it again.",
    exit: EXIT.environment,
    cause,
  });
}
