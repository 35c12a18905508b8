import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { connectTrainer } from "../../src/adapters/grpc/connect.js";
import type { Trainer } from "../../src/app/ports/trainer.js";
import { describeWithPython } from "../support/python.js";
import { batchOf, type FakeTrainer, OPTIM, pickSamples, startFake, text } from "./fake-trainer.js";

jest.setTimeout(60_000);

/**
 * A wire between client and trainer that can be cut: every connection is lost at once, and new ones
 * are let through.
 */
class Wire implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  connections = 0;

  private constructor(private readonly server: Server) {}

  static async to(address: string): Promise<Wire> {
    const [host = "", port = ""] = address.split(":");
    const server = createServer();
    const wire = new Wire(server);
    server.on("connection", (client) => {
      wire.connections += 1;
      const trainer = connect(Number(port), host);
      for (const [one, other] of [
        [client, trainer],
        [trainer, client],
      ] as const) {
        wire.#sockets.add(one);
        one.pipe(other);
        one.on("error", () => undefined);
        one.on("close", () => {
          wire.#sockets.delete(one);
          other.destroy();
        });
      }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return wire;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, "close");
  }
}

describeWithPython("a connection that is lost", () => {
  let fake: FakeTrainer;
  beforeAll(async () => {
    fake = await startFake();
  });
  afterAll(async () => {
    await fake[Symbol.asyncDispose]();
  });

  const through = (wire: Wire): Promise<Trainer> =>
    connectTrainer({
      address: wire.address,
      token: fake.sidecar.token,
      lifetime: fake.sidecar.lifetime,
      clientName: "connection test",
      open: {
        model: "fake",
        seed: 1,
        lora: null,
        computeDtype: "auto",
        maxContextTokens: 4096,
        // Each sequence of a batch takes a while, so that a cut finds the step at work.
        engine: { script: "none", sequence_seconds: 0.1 },
      },
    });

  test("between two calls, and in the middle of a step, is made again: nothing is lost and nothing done twice", async () => {
    await using wire = await Wire.to(fake.sidecar.address);
    await using trainer = await through(wire);
    const { samples, promptIds } = await pickSamples(trainer, [text("once", 1n, 2n, 3n, 4n)]);
    wire.cut();
    const again = await pickSamples(trainer, [text("once", 1n, 2n, 3n, 4n)]);
    expect(again.samples.map((one) => [...one.tokenIds])).toEqual(samples.map((one) => [...one.tokenIds]));
    const before = trainer.step;
    const many = Array.from({ length: 4 }, () => samples).flat();
    const working = trainer.trainStep(batchOf(many, promptIds), OPTIM);
    for (const wait of [300, 500]) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      wire.cut();
    }
    const outcome = await working;
    expect(outcome.step).toBe(before + 1);
    expect(wire.connections).toBeGreaterThanOrEqual(3);
    const version = await trainer.publish();
    expect(version.parentStep).toBe(before + 1);
  });

  test("during generation, asks for the missing samples again", async () => {
    await using wire = await Wire.to(fake.sidecar.address);
    await using trainer = await through(wire);
    const seeds = Array.from({ length: 64 }, (_, index) => BigInt(index + 1));
    const whole = await pickSamples(trainer, [text("many", ...seeds)], 200);
    const cutting = setTimeout(() => wire.cut(), 20);
    const other = await pickSamples(trainer, [text("many", ...seeds)], 200);
    clearTimeout(cutting);
    const sorted = (samples: typeof whole.samples) =>
      samples.toSorted((a, b) => a.sampleIndex - b.sampleIndex).map((one) => [...one.tokenIds]);
    expect(sorted(other.samples)).toEqual(sorted(whole.samples));
  });

  test("scores are the log-probabilities that sampling reported, row by row, at each sequence's temperature", async () => {
    await using wire = await Wire.to(fake.sidecar.address);
    await using trainer = await through(wire);
    await trainer.publish();
    const { samples, promptIds } = await pickSamples(trainer, [text("a", 1n, 2n), text("bcd", 3n)]);
    const batch = batchOf(samples, promptIds);
    const scored = await trainer.score(batch);
    expect(scored.map((row) => row.length)).toEqual(samples.map((one) => one.tokenIds.length));
    samples.forEach((one, place) => {
      one.logprobs?.forEach((value, at) => {
        expect(scored[place]?.[at]).toBeCloseTo(value, 4);
      });
    });
    const [first, ...rest] = batch.sequences;
    if (first === undefined) throw new Error("there are samples");
    const mixed = await trainer.score({ ...batch, sequences: [{ ...first, temperature: 0.5 }, ...rest] });
    expect([...(mixed[0] ?? [])]).not.toEqual([...(scored[0] ?? [])]);
    expect(mixed.slice(1)).toEqual(scored.slice(1));
  });
});
