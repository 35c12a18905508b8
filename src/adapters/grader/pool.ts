import { EXIT, SpiceError } from "../../app/errors.js";
import type { AnswerPair, SecondOpinion } from "../../app/ports/verifiers.js";
import type { Opinion } from "../../core/truth/opinion.js";
import { LruCache } from "./lru-cache.js";
import { type GraderCommand, GraderWorker } from "./worker.js";

/** A pool's bounds. */
export interface GraderPoolOptions {
  readonly command: GraderCommand;
  /** Processes. */
  readonly workers: number;
  /** Wall time of one pair, milliseconds. */
  readonly timeoutMs: number;
  /** Wall time of a start, milliseconds. Importing sympy from a cold disk takes seconds. @default 60 000 */
  readonly startTimeoutMs?: number;
  /** Pairs after which a process is replaced: sympy's caches only grow. @default 2000 */
  readonly recycleAfter?: number;
  /** Pairs that may wait; one more is answered at once, as failure. @default 1024 */
  readonly maxWaiting?: number;
  /** Opinions remembered, those used last. @default 4096 */
  readonly remembered?: number;
}

/**
 * Start a pool of grading processes. One is started and waited for, so that an environment that does not work is noticed here; the
 * others when there is work for them.
 *
 * @throws SpiceError `GRADER_START` (exit 3)
 */
export async function openGraderPool(options: GraderPoolOptions, signal: AbortSignal): Promise<GraderPool> {
  const pool = new GraderPool(options);
  const why = await pool.warmUp(signal);
  if (why === null) return pool;
  throw new SpiceError(`math-verify's process does not start: ${why}.`, {
    code: "GRADER_START",
    boundary: "verification",
    where: options.command.argv[0] ?? "",
    hint: "Run `spice trainer install grader` again, or set verification.secondOpinion.mode to off.",
    exit: EXIT.environment,
  });
}

interface Job {
  readonly pair: AnswerPair;
  readonly signal: AbortSignal;
  readonly resolve: (opinion: Opinion) => void;
  readonly reject: (reason: unknown) => void;
}

/** A place for one process; empty until there is work, and again after the process ended. */
interface Lane {
  worker: GraderWorker | null;
  serving: Promise<void> | null;
}

/** Grading processes behind one queue. */
export class GraderPool implements SecondOpinion {
  readonly #options: Required<GraderPoolOptions>;
  readonly #lanes: readonly Lane[];
  readonly #waiting: Job[] = [];
  readonly #cache: LruCache<Opinion>;
  readonly #closing = new AbortController();

  constructor(options: GraderPoolOptions) {
    this.#options = {
      ...{ startTimeoutMs: 60_000, recycleAfter: 2000, maxWaiting: 1024, remembered: 4096 },
      ...options,
    };
    this.#lanes = Array.from({ length: options.workers }, () => ({ worker: null, serving: null }));
    this.#cache = new LruCache(this.#options.remembered);
  }

  /** Ids of the processes that run now. */
  get pids(): readonly number[] {
    return this.#lanes.flatMap(({ worker }) => worker?.pid ?? []);
  }

  /** Start one process; the reason when it does not start. */
  async warmUp(signal: AbortSignal): Promise<string | null> {
    const [lane] = this.#lanes;
    return lane === undefined ? "the pool has no workers" : this.#ready(lane, signal);
  }

  async check(pair: AnswerPair, signal: AbortSignal): Promise<Opinion> {
    signal.throwIfAborted();
    const key = JSON.stringify([pair.type, pair.gold, pair.answer]);
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    if (this.#waiting.length >= this.#options.maxWaiting)
      return { kind: "infrastructure", cause: "full", detail: `${this.#waiting.length} pairs wait already` };
    const opinion = await new Promise<Opinion>((resolve, reject) => {
      this.#waiting.push({
        pair,
        signal: AbortSignal.any([signal, this.#closing.signal]),
        resolve,
        reject,
      });
      this.#wake();
    });
    if (opinion.kind === "verdict") this.#cache.set(key, opinion);
    return opinion;
  }

  /** End all processes. What is still asked for is rejected. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("the pool of grading processes was closed"));
    await Promise.all(this.#lanes.map((lane) => lane.serving));
    await Promise.all(this.#lanes.map(({ worker }) => worker?.end()));
  }

  #wake(): void {
    const idle = this.#lanes.find((lane) => lane.serving === null);
    if (idle === undefined) return;
    idle.serving = this.#serve(idle).finally(() => {
      idle.serving = null;
      // Something may have come after the last look at the queue and before this line.
      if (this.#waiting.length > 0) this.#wake();
    });
  }

  /** Work until nothing waits. */
  async #serve(lane: Lane): Promise<void> {
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
      try {
        job.signal.throwIfAborted();
        job.resolve(await this.#answer(lane, job));
      } catch (reason) {
        job.reject(reason);
      }
    }
  }

  async #answer(lane: Lane, { pair, signal }: Job): Promise<Opinion> {
    const why = await this.#ready(lane, signal);
    if (why !== null || lane.worker === null)
      return { kind: "infrastructure", cause: "died", detail: why ?? "it ended" };
    return lane.worker.ask(pair, this.#options.timeoutMs, signal);
  }

  /** See to it that the lane has a process that can be asked; the reason when it has not. */
  async #ready(lane: Lane, signal: AbortSignal): Promise<string | null> {
    const { command, startTimeoutMs, recycleAfter } = this.#options;
    if (lane.worker !== null && !lane.worker.ended && lane.worker.asked < recycleAfter) return null;
    await lane.worker?.end();
    lane.worker = null;
    const started = await GraderWorker.start(command, startTimeoutMs, signal);
    lane.worker = started.worker;
    return started.worker === null ? started.why : null;
  }
}
