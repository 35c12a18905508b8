import { EXIT, SpiceError } from "../../app/errors.js";
import type { AnswerPair, SecondOpinion } from "../../app/ports/verifiers.js";
import { counted } from "../../core/text/counted.js";
import type { Opinion } from "../../core/truth/opinion.js";
import { LruCache } from "./lru-cache.js";
import { type GraderCommand, GraderWorker } from "./worker.js";

/** Limits of a pool. */
export interface GraderPoolOptions {
  readonly command: GraderCommand;
  /** Number of processes. */
  readonly workers: number;
  /** Time limit for one pair, in milliseconds. */
  readonly timeoutMs: number;
  /**
   * Time limit for the start of a process, in milliseconds. Importing sympy from a cold disk takes
   * seconds. @default 60 000
   */
  readonly startTimeoutMs?: number;
  /**
   * Number of pairs after which a process is replaced, because the caches of sympy only grow.
   * @default 2000
   */
  readonly recycleAfter?: number;
  /** Largest number of waiting pairs. A further pair fails at once. @default 1024 */
  readonly maxWaiting?: number;
  /** Largest number of cached opinions. The least recently used is removed first. @default 4096 */
  readonly remembered?: number;
}

/**
 * Starts a pool of grading processes. One process starts at once, so that an environment that does
 * not work fails here. The others start when they have work.
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

/** A place for one process. It is empty until there is work, and after its process ended. */
interface Lane {
  worker: GraderWorker | null;
  serving: Promise<void> | null;
}

/** Grading processes that share one queue. */
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

  /** Ids of the running processes. */
  get pids(): readonly number[] {
    return this.#lanes.flatMap(({ worker }) => worker?.pid ?? []);
  }

  /** Starts one process. Returns the reason when it does not start, else null. */
  async warmUp(signal: AbortSignal): Promise<string | null> {
    const [lane] = this.#lanes;
    return lane === undefined ? "the pool has no workers" : this.#ready(lane, signal);
  }

  /** See `SecondOpinion.check`. An equal pair gets the cached verdict. */
  async check(pair: AnswerPair, signal: AbortSignal): Promise<Opinion> {
    signal.throwIfAborted();
    const key = JSON.stringify([pair.type, pair.gold, pair.answer]);
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    if (this.#waiting.length >= this.#options.maxWaiting)
      return {
        kind: "infrastructure",
        cause: "full",
        detail: `${counted(this.#waiting.length, "pair")} waiting already`,
      };
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

  /** Ends all processes. Waiting pairs are rejected. */
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
      // A pair may have arrived after the last check of the queue and before this line.
      if (this.#waiting.length > 0) this.#wake();
    });
  }

  /** Works until the queue is empty. */
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

  /**
   * Makes sure that the lane has a running process. Returns the reason when it has none, else null.
   */
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
