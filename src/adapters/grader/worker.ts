import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { AnswerPair } from "../../app/ports/verifiers.js";
import type { Opinion, OpinionFailure } from "../../core/truth/opinion.js";
import { type Arrival, ReplyLines } from "./reply-lines.js";

/** The command of a grading process. */
export interface GraderCommand {
  readonly argv: readonly string[];
  /**
   * All environment variables of the process. It reads texts that models write, and needs no
   * secrets.
   */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Longest reply in bytes. A reply contains an id, a verdict and 200 characters
 * (trainer-py/spice_grader/protocol.py).
 */
const MAX_REPLY_BYTES = 4096;
/** Number of characters, from the end of stderr, that are kept for error messages. */
const SHOWN_ERRORS = 500;
/** Milliseconds that a process has to end after its stdin is closed. */
const GRACE_MS = 500;

/**
 * A grading process. It receives one pair at a time. Every failure (timeout, ended process, broken
 * protocol) ends it, and `ended` then shows that another process is needed.
 */
export class GraderWorker {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: ReplyLines;
  #errors = "";
  #asked = 0;
  #ended = false;

  private constructor({ argv: [program = "", ...rest], environment }: GraderCommand) {
    this.#child = spawn(program, rest, {
      env: environment,
      stdio: ["pipe", "pipe", "pipe"],
      // The process has its own process group. A kill reaches all processes that it started, and
      // Ctrl-C in the terminal does not reach it.
      detached: true,
    });
    this.#lines = new ReplyLines(this.#child.stdout, MAX_REPLY_BYTES);
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-SHOWN_ERRORS);
    });
    // A process that has ended breaks the pipe. The end of its output reports this too.
    this.#child.stdin.on("error", () => undefined);
    this.#child.on("error", (error) => this.#lines.break(error.message));
    this.#child.on("close", (code, signal) => this.#lines.break(this.#endMessage(code, signal)));
  }

  /**
   * Starts a process and waits until it is ready. `worker` is null, with the reason, when it does
   * not become ready.
   *
   * @throws the reason of the signal when it aborts
   */
  static async start(
    command: GraderCommand,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<{ worker: GraderWorker } | { worker: null; why: string }> {
    const worker = new GraderWorker(command);
    const arrival = await worker.#within(timeoutMs, signal);
    if (arrival.kind === "line" && parse(arrival.text)?.["ready"] === true) return { worker };
    worker.kill();
    signal.throwIfAborted();
    const why = {
      line: "its first line is not the ready line",
      late: `it was not ready after ${timeoutMs} ms`,
      broken: arrival.kind === "broken" ? arrival.detail : "",
    }[arrival.kind];
    return { worker: null, why };
  }

  /** Number of pairs that the process has received. */
  get asked(): number {
    return this.#asked;
  }

  /** True when the process accepts no more pairs. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The id of the process, for tests; undefined when it never started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * Asks for the verdict on a pair. Only one call may run at a time.
   *
   * @throws the reason of the signal when it aborts; the process is then killed
   */
  async ask({ gold, answer }: AnswerPair, timeoutMs: number, signal: AbortSignal): Promise<Opinion> {
    this.#asked += 1;
    const id = this.#asked;
    this.#child.stdin.write(`${JSON.stringify({ id, gold, answer })}\n`);
    const arrival = await this.#within(timeoutMs, signal);
    if (arrival.kind === "late") return this.#failed("timeout", `no answer after ${timeoutMs} ms`);
    if (arrival.kind === "broken") return this.#failed("died", arrival.detail);
    const reply = parse(arrival.text);
    const { verdict, detail } = reply ?? {};
    if (reply?.["id"] !== id || typeof detail !== "string")
      return this.#failed("protocol", "its reply does not fit the request");
    switch (verdict) {
      case "correct":
      case "wrong":
      case "unparsable":
        return { kind: "verdict", verdict, detail };
      case "error":
        if (reply["ends"] === true) return this.#failed("error", detail);
        return { kind: "infrastructure", cause: "error", detail };
      default:
        return this.#failed("protocol", "its verdict is unknown");
    }
  }

  /** Kills the process at once. */
  kill(): void {
    this.#ended = true;
    this.#child.stdin.destroy();
    const { pid } = this.#child;
    if (pid === undefined || this.#hasExited()) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // The process ended between the check and the signal.
    }
  }

  /** Ends an idle process. It is killed when it does not end in time. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#child.stdin.end();
    if (this.#child.pid === undefined || this.#hasExited()) return;
    const exited = once(this.#child, "exit");
    const late = new AbortController();
    await Promise.race([exited, sleep(GRACE_MS, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    this.kill();
    await exited;
  }

  #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #failed(cause: OpinionFailure, detail: string): Opinion {
    this.kill();
    return { kind: "infrastructure", cause, detail };
  }

  async #within(timeoutMs: number, signal: AbortSignal): Promise<Arrival | { kind: "late" }> {
    const done = new AbortController();
    try {
      return await Promise.race([
        this.#lines.next(),
        sleep(timeoutMs, { kind: "late" } as const, { signal: AbortSignal.any([signal, done.signal]) }),
      ]);
    } catch {
      this.kill();
      throw signal.reason;
    } finally {
      done.abort();
    }
  }

  #endMessage(code: number | null, signal: NodeJS.Signals | null): string {
    const last = this.#errors.trim().split("\n").at(-1) ?? "";
    return `it ended (${signal ?? `exit code ${code}`})${last === "" ? "" : `: ${last}`}`;
  }
}

function parse(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
