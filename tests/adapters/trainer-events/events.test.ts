import { expect, test } from "@jest/globals";
import { Push } from "zeromq";
import {
  decodeEvent,
  openEventStream,
  type TrainerEvent,
} from "../../../src/adapters/trainer-events/events.js";
import { Numbers } from "../../../src/adapters/trainer-events/numbers.js";
import { LogEvent, LogLevel, MetricsEvent, ProgressEvent } from "../../../src/gen/spice/trainer/v1/events.js";

const context = (sequence: bigint) => ({
  sequence,
  unixSeconds: 0,
  instanceId: "",
  sessionId: "",
  subject: "",
});

const never = new AbortController().signal;

test("a stream of good, bad and unknown messages gives events, means and a count of what was lost", async () => {
  const events: TrainerEvent[] = [];
  const stream = await openEventStream((event) => events.push(event));
  expect(stream.address).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
  const sender = new Push({ linger: 0 });
  sender.connect(stream.address);
  const metrics = (sequence: bigint, seconds: number) =>
    MetricsEvent.encode({
      context: context(sequence),
      scope: "sample",
      step: 1,
      values: { seconds, broken: Number.NaN },
    }).finish();
  const messages: [string, Uint8Array][] = [
    ["progress", ProgressEvent.encode({ context: context(1n), phase: "load", done: 2, total: 5 }).finish()],
    ["progress", Uint8Array.of(255, 255, 255)],
    ["weather", Uint8Array.of(1)],
    ["metrics", metrics(2n, 1)],
    ["metrics", metrics(5n, 3)],
    [
      "log",
      LogEvent.encode({ context: context(6n), level: LogLevel.WARN, logger: "l", message: "m" }).finish(),
    ],
  ];
  for (const [kind, body] of messages) await sender.send([kind, body]);
  await sender.send("one frame only");
  while (events.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(events).toEqual([
    { kind: "progress", phase: "load", done: 2, total: 5 },
    { kind: "log", level: "warn", logger: "l", message: "m" },
  ]);
  expect(await stream.drain(null, never)).toEqual({ "trainer.sample.seconds": 2, "trainer.events_lost": 3 });
  expect(await stream.drain(null, never)).toEqual({});
  sender.close();
  await stream[Symbol.asyncDispose]();
});

test("an empty body is a message of defaults; an unknown kind is nothing", () => {
  const numbers = new Numbers();
  expect(decodeEvent("progress", new Uint8Array(0), numbers)).toMatchObject({ kind: "progress", phase: "" });
  expect(decodeEvent("future", new Uint8Array(0), numbers)).toBeNull();
});
