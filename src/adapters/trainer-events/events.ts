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
import { Numbers } from "./numbers.js";

/** An event of the sidecar, in the terms of the orchestrator. */
export type TrainerEvent =
  | { readonly kind: "progress"; readonly phase: string; readonly done: number; readonly total: number }
  | {
      readonly kind: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly logger: string;
      readonly message: string;
    }
  | { readonly kind: "lifecycle"; readonly phase: string; readonly detail: string };

/** The receiver of the sidecar's event stream, with the numbers that it received. */
export interface EventStream extends Telemetry, AsyncDisposable {
  /** The address to which the sidecar connects, `tcp://127.0.0.1:port`. */
  readonly address: string;
}

/**
 * Largest message in bytes. All messages of the sidecar are small, so a larger message is not from
 * the sidecar.
 */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Number of messages that are kept for a busy reader. The sidecar drops further messages. */
const HIGH_WATER_MARK = 10_000;

/**
 * Binds a PULL socket to a free loopback port and reads it until disposal. There is one reader,
 * because ZeroMQ does not allow two. The stream is only for people and curves. A message that
 * cannot be read is counted and skipped, and no failure affects the run.
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
    drain: (last, signal) => numbers.drain(last, signal),
    async [Symbol.asyncDispose]() {
      // Closing ends the pending receive. The loop, and with it the process, can only end after
      // that.
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
    // The socket failed. The stream ends here, and the run continues without it.
  }
}

/**
 * Decodes the event of two frames. Returns null for numbers, which `numbers` collects, and for
 * unknown kinds, which a newer sidecar may send.
 */
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
      numbers.add(scope, values, context?.unixSeconds);
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
