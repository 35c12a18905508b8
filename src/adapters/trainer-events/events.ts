import type { Pull as PullSocket } from "zeromq";
import type { Telemetry } from "../../app/ports/output.js";
import {
  LifecycleEvent,
  LifecyclePhase,
  LogEvent,
  LogLevel,
  MetricsEvent,
  ProgressEvent,
} from "../../gen/spice/trainer/v1/events.js";

/** What the sidecar said, in the orchestrator's words. */
export type TrainerEvent =
  | { readonly kind: "progress"; readonly phase: string; readonly done: number; readonly total: number }
  | {
      readonly kind: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly logger: string;
      readonly message: string;
    }
  | { readonly kind: "lifecycle"; readonly phase: string; readonly detail: string };

/** The receiving end of the sidecar's event stream, and the numbers it brought. */
export interface EventStream extends Telemetry, AsyncDisposable {
  /** What the sidecar is told to connect to, `tcp://127.0.0.1:port`. */
  readonly address: string;
}

/** Nothing on the stream is large; a bigger message is not the sidecar's. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Messages kept for a reader that is busy; the sidecar drops what goes beyond. */
const HIGH_WATER_MARK = 10_000;

/**
 * Bind a PULL socket on a free loopback port and read it until disposed: one reader, because ZeroMQ allows no second. The
 * stream is for people and curves: a message that cannot be read is counted and skipped, and no failure reaches the run.
 */
export async function openEventStream(onEvent: (event: TrainerEvent) => void): Promise<EventStream> {
  const { Pull } = await import("zeromq");
  const socket = new Pull({
    linger: 0,
    receiveHighWaterMark: HIGH_WATER_MARK,
    maxMessageSize: MAX_MESSAGE_BYTES,
  });
  await socket.bind("tcp://127.0.0.1:*");
  const numbers = new Numbers();
  const reading = read(socket, onEvent, numbers);
  return {
    address: socket.lastEndpoint ?? "",
    drain: () => numbers.drain(),
    async [Symbol.asyncDispose]() {
      // Closing ends the pending receive; only then does the loop end, and the process may.
      socket.close();
      await reading;
    },
  };
}

async function read(
  socket: PullSocket,
  onEvent: (event: TrainerEvent) => void,
  numbers: Numbers,
): Promise<void> {
  try {
    for await (const [kind, body] of socket) {
      if (kind === undefined || body === undefined) continue;
      try {
        const event = decodeEvent(kind.toString("ascii"), body, numbers);
        if (event !== null) onEvent(event);
      } catch {
        numbers.unreadable();
      }
    }
  } catch {
    // The socket failed: the stream ends here, the run goes on without it.
  }
}

/** The event of two frames; null for numbers, which are kept, and for kinds that a later sidecar may know. */
export function decodeEvent(kind: string, body: Uint8Array, numbers: Numbers): TrainerEvent | null {
  switch (kind) {
    case "progress": {
      const { context, phase, done, total } = ProgressEvent.decode(body);
      numbers.seen(context?.sequence);
      return { kind: "progress", phase, done, total };
    }
    case "metrics": {
      const { context, scope, values } = MetricsEvent.decode(body);
      numbers.seen(context?.sequence);
      numbers.add(scope, values);
      return null;
    }
    case "log": {
      const { context, level, logger, message } = LogEvent.decode(body);
      numbers.seen(context?.sequence);
      const levels = {
        [LogLevel.DEBUG]: "debug",
        [LogLevel.WARN]: "warn",
        [LogLevel.ERROR]: "error",
      } as const;
      return { kind: "log", level: levels[level as keyof typeof levels] ?? "info", logger, message };
    }
    case "lifecycle": {
      const { context, phase, detail } = LifecycleEvent.decode(body);
      numbers.seen(context?.sequence);
      return { kind: "lifecycle", phase: (LifecyclePhase[phase] ?? "UNKNOWN").toLowerCase(), detail };
    }
    default:
      return null;
  }
}

/** Means of the numbers that arrived since the last drain, and how many messages were lost on the way. */
export class Numbers {
  #sums = new Map<string, { sum: number; count: number }>();
  #lastSequence: bigint | null = null;
  #lost = 0;

  add(scope: string, values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      if (!Number.isFinite(value)) continue;
      const key = `trainer.${scope}.${name}`;
      const { sum, count } = this.#sums.get(key) ?? { sum: 0, count: 0 };
      this.#sums.set(key, { sum: sum + value, count: count + 1 });
    }
  }

  /** Messages are counted from 1 by the sender; a gap is a loss. */
  seen(sequence: bigint | undefined): void {
    if (sequence === undefined) return;
    if (this.#lastSequence !== null && sequence > this.#lastSequence + 1n)
      this.#lost += Number(sequence - this.#lastSequence) - 1;
    this.#lastSequence = sequence;
  }

  unreadable(): void {
    this.#lost += 1;
  }

  drain(): Readonly<Record<string, number>> {
    const means = Object.fromEntries([...this.#sums].map(([key, { sum, count }]) => [key, sum / count]));
    this.#sums = new Map();
    const lost = this.#lost;
    this.#lost = 0;
    return lost > 0 ? { ...means, "trainer.events_lost": lost } : means;
  }
}
