import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { batchDigest, encodeBatch } from "../../src/adapters/grpc/columns.js";
import { fromStatus } from "../../src/adapters/grpc/errors.js";
import { Status } from "../../src/gen/google/rpc/status.js";
import { TrainStepRequest } from "../../src/gen/spice/trainer/v1/training.js";
import { BATCH, MESSAGES } from "./fixtures/messages.js";
import { neutral } from "./fixtures/neutral.js";

const FOLDER = resolve("proto/fixtures");
const bytesOf = async (name: string) => new Uint8Array(await readFile(join(FOLDER, `${name}.binpb`)));
const jsonOf = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(join(FOLDER, `${name}.json`), "utf8"));

describe("golden messages", () => {
  test("are all there, and nothing else is", async () => {
    const files = Object.keys(MESSAGES).flatMap((name) => [`${name}.binpb`, `${name}.json`]);
    expect((await readdir(FOLDER)).sort()).toEqual([...files, "batch-digest.json"].sort());
  });

  test.each(Object.entries(MESSAGES))("%s: bytes and values are the recorded ones", async (name, one) => {
    const bytes = await bytesOf(name);
    expect(Buffer.from(one.bytes).equals(bytes)).toBe(true);
    const decoded = one.codec.decode(bytes);
    expect({ type: one.type, value: neutral(decoded) }).toEqual(await jsonOf(name));
    expect(Buffer.from(one.codec.encode(decoded as never).finish()).equals(bytes)).toBe(true);
  });

  test("the batch digest is the recorded one, also in the end message", async () => {
    const { digest } = (await jsonOf("batch-digest")) as { digest: string };
    expect(Buffer.from(batchDigest(encodeBatch(BATCH))).toString("hex")).toBe(digest);
    const { part } = TrainStepRequest.decode(await bytesOf("train-step-end"));
    expect(part?.$case === "end" && Buffer.from(part.value.digest).toString("hex")).toBe(digest);
  });

  test("the error is read as the client reads it", async () => {
    expect(fromStatus(Status.decode(await bytesOf("status-error")))).toMatchObject({
      ...{ reason: "QUEUE_FULL", retryable: true, resubmit: true, retryAfterMs: 1250, hint: "wait" },
    });
  });
});
