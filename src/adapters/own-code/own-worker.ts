import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { SpiceError } from "../../app/errors.js";
import { ended, failed, type Named, timedOut } from "./errors.js";
import type { Answer, Call, LoadedModule, WorkerInput } from "./messages.js";

/** How a thread is started. */
export interface OwnWorkerOptions {
  readonly named: Named;
  /** Absolute path of the module. */
  readonly path: string;
  readonly options: unknown;
  /** Files of the entry points of this package, by the name in an import. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Longest synchronous call, and the setting that has this value. */
  readonly callTimeoutMs: number;
  /** Longest call that may wait, with the loading. */
  readonly waitTimeoutMs: number;
  /** Receives what the code prints, line by line. */
  readonly print: (line: string) => void;
}

/**
 * One module of the user in a thread of its own. A call that does not end in time ends the thread,
 * and every later call fails with the same error.
 */
export class OwnWorker implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #answered = new Int32Array(new SharedArrayBuffer(4));
  readonly #channel = new MessageChannel();
  #failure: SpiceError | null = null;
  #ended: string | null = null;

  constructor(private readonly options: OwnWorkerOptions) {
    const { named, path, aliases } = options;
    const input: WorkerInput = {
      path,
      kind: named.kind,
      options: options.options,
      aliases,
      answered: this.#answered,
    };
    this.#worker = startThread(input);
    this.#worker.on("error", (error: unknown) => {
      this.#ended = String((error as { message?: unknown } | null)?.message ?? error);
    });
    this.#worker.on("exit", (code) => {
      this.#ended ??= `it exited with ${code}`;
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) printLines(stream, options.print);
    this.#worker.postMessage({ port: this.#channel.port2 }, [this.#channel.port2]);
    // Only a call keeps the program running.
    this.#worker.unref();
  }

  /**
   * Loads the module.
   *
   * @throws SpiceError `OWN_CODE_LOAD`, `OWN_CODE_SHAPE`, `OWN_CODE_OPTIONS`, `OWN_CODE_RESULT`,
   * `OWN_CODE_TIMEOUT`, `OWN_CODE_ENDED` (exit 2)
   */
  load(): Promise<LoadedModule> {
    return this.callLater({ method: "load" }) as Promise<LoadedModule>;
  }

  /**
   * Calls a pure function and waits for its result. This thread does nothing else meanwhile.
   *
   * @throws SpiceError `OWN_CODE_THREW`, `OWN_CODE_RESULT`, `OWN_CODE_TIMEOUT` (exit 2)
   */
  callNow(call: Call): unknown {
    if (this.#failure !== null) throw this.#failure;
    const before = Atomics.load(this.#answered, 0);
    this.#channel.port1.postMessage(call);
    const { callTimeoutMs, named } = this.options;
    if (Atomics.wait(this.#answered, 0, before, callTimeoutMs) === "timed-out")
      throw this.#end(timedOut(named, call.method, callTimeoutMs, "run.ownCodeTimeoutMs"));
    return this.#read(receiveMessageOnPort(this.#channel.port1)?.message as Answer);
  }

  /**
   * Calls a function that may wait.
   *
   * @throws SpiceError `OWN_CODE_THREW`, `OWN_CODE_RESULT`, `OWN_CODE_TIMEOUT`, `OWN_CODE_ENDED`
   * (exit 2), or the reason of the signal
   */
  async callLater(call: Call, signal?: AbortSignal): Promise<unknown> {
    if (this.#failure !== null) throw this.#failure;
    signal?.throwIfAborted();
    const { named, waitTimeoutMs } = this.options;
    const worker = this.#worker;
    const stop = new AbortController();
    let timer: NodeJS.Timeout | null = null;
    try {
      return await new Promise<unknown>((resolve, reject) => {
        const listen = { signal: stop.signal };
        const on = (event: string, then: (value: unknown) => void) => {
          worker.on(event, then);
          stop.signal.addEventListener("abort", () => worker.off(event, then), { once: true });
        };
        on("message", (answer) => {
          try {
            resolve(this.#read(answer as Answer));
          } catch (error) {
            reject(error);
          }
        });
        on("exit", () => reject(this.#end(ended(named, this.#ended ?? "it exited"))));
        signal?.addEventListener("abort", () => reject(signal.reason), listen);
        timer = setTimeout(() => {
          reject(this.#end(timedOut(named, call.method, waitTimeoutMs, "run.ownCodeReadTimeoutMs")));
        }, waitTimeoutMs);
        if (this.#ended !== null) reject(this.#end(ended(named, this.#ended)));
        worker.postMessage(call);
      });
    } finally {
      if (timer !== null) clearTimeout(timer);
      stop.abort();
      worker.unref();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#channel.port1.close();
    await this.#worker.terminate();
  }

  #read(answer: Answer | undefined): unknown {
    if (answer?.ok === true) return answer.value;
    if (answer === undefined) throw this.#end(ended(this.options.named, "it gave no answer"));
    throw failed(this.options.named, answer.failure);
  }

  #end(error: SpiceError): SpiceError {
    this.#failure ??= error;
    // The exit of the thread is not waited for: the code may be in a loop.
    this.#worker.terminate().catch(() => undefined);
    return error;
  }
}

/** Starts the compiled file; in a checkout without it, jiti compiles the source. */
function startThread(input: WorkerInput): Worker {
  const options = { workerData: input, stdout: true, stderr: true, execArgv: [] };
  const built = new URL("./worker.js", import.meta.url);
  if (existsSync(fileURLToPath(built))) return new Worker(built, options);
  const source = fileURLToPath(new URL("./worker.ts", import.meta.url));
  const jiti = pathToFileURL(createRequire(import.meta.url).resolve("jiti")).href;
  const start = `import(${JSON.stringify(jiti)}).then(({ createJiti }) =>
    createJiti(${JSON.stringify(source)}, { fsCache: true }).import(${JSON.stringify(source)}));`;
  return new Worker(start, { ...options, eval: true });
}

function printLines(stream: NodeJS.ReadableStream, print: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) print(line);
  });
  stream.on("end", () => {
    if (rest !== "") print(rest);
  });
}
