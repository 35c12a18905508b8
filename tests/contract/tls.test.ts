import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { chmod, copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createSecureServer } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { endedCertificates } from "../../bench/faults/ended-certificates.js";
import { type Certificates, makeCertificates } from "../../src/adapters/certificates/certificates.js";
import { connectTrainer, identifyTrainer } from "../../src/adapters/grpc/connect.js";
import { trainerSource } from "../../src/adapters/python/source.js";
import { type Sidecar, startSidecar } from "../../src/adapters/sidecar/process.js";
import type { TrainerTls } from "../../src/core/experiment/experiment.js";
import { missingPython, python } from "../support/python.js";
import { describeUnless } from "../support/skip.js";

/** There is no openssl to make certificates with. */
const missingOpenssl = spawnSync("openssl", ["version"]).status === 0 ? null : "no openssl here";
const environment = { ...process.env, http_proxy: "http://127.0.0.1:9", HTTPS_PROXY: "http://127.0.0.1:9" };

let folder: string;
let ours: Certificates;
let theirs: Certificates;
let expired: Certificates;

const make = (name: string, days: number) =>
  makeCertificates({ folder: join(folder, name), names: ["trainer.example"], days, environment });
const client = (made: Certificates, changes: Partial<TrainerTls> = {}): TrainerTls => ({
  ca: made.ca,
  cert: made.clientCert,
  key: made.clientKey,
  ...changes,
});
const failure = (action: Promise<unknown>) =>
  action.then(
    () => ({ code: "nothing failed" }),
    (error: unknown) => error as { code: string; exit: number },
  );
const ask = (address: string, tls: TrainerTls | null, token = "no-token-needed-here") =>
  identifyTrainer(address, token, AbortSignal.timeout(30_000), tls);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spice-tls-"));
  if (missingOpenssl !== null) return;
  ours = await make("ours", 30);
  theirs = await make("theirs", 13);
  expired = await endedCertificates(join(folder, "expired"), ["trainer.example"], environment);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describeUnless(missingOpenssl ?? missingPython)("a trainer behind mutual TLS", () => {
  let sidecar: Sidecar;
  let address: string;

  beforeAll(async () => {
    sidecar = await startSidecar({
      python: python ?? "python3",
      source: await trainerSource(),
      backend: "fake",
      listen: "0.0.0.0:0",
      tls: { cert: ours.serverCert, key: ours.serverKey, clientCa: ours.ca },
      logPath: join(folder, "trainer.log"),
      environment,
    });
    address = `localhost:${sidecar.address.split(":").at(-1)}`;
  });
  afterAll(() => sidecar?.stop());

  test("is reached by name and by address, whatever the proxy variables say", async () => {
    expect(await ask(address, client(ours), sidecar.token)).toMatchObject({ backend: "fake" });
    const byAddress = address.replace("localhost", "127.0.0.1");
    expect(await ask(byAddress, client(ours), sidecar.token)).toMatchObject({ backend: "fake" });
    const named = client(ours, { serverName: "trainer.example" });
    expect(await ask(address, named, sidecar.token)).toMatchObject({ backend: "fake" });
  });

  test("still asks for the token", async () => {
    expect(await failure(ask(address, client(ours), "wrong-token-wrong-token"))).toMatchObject({
      code: "TRAINER_TOKEN",
      exit: 3,
    });
  });

  test("each way to fail has a code of its own", async () => {
    const codes = async (tls: TrainerTls | null) => (await failure(ask(address, tls, sidecar.token))).code;
    expect(await codes(client(ours, { ca: theirs.ca }))).toBe("TRAINER_TLS_CA");
    expect(await codes(client(ours, { serverName: "elsewhere.example" }))).toBe("TRAINER_TLS_NAME");
    expect(await codes(client(ours, { cert: theirs.clientCert, key: theirs.clientKey }))).toBe(
      "TRAINER_TLS_REFUSED",
    );
    expect(await codes(null)).toBe("TRAINER_TLS_NEEDED");
  });

  test("certificates that end within two weeks are told at connect", async () => {
    const soon = await startSidecar({
      python: python ?? "python3",
      source: await trainerSource(),
      backend: "fake",
      tls: { cert: theirs.serverCert, key: theirs.serverKey, clientCa: theirs.ca },
      logPath: join(folder, "soon.log"),
      environment,
    });
    try {
      const warnings: string[] = [];
      const open = {
        model: "fake",
        seed: 1,
        lora: null,
        computeDtype: "auto",
        maxContextTokens: 512,
        engine: {},
      } as const;
      const { address: at, token } = soon;
      const trainer = await connectTrainer({
        ...{ address: at, token, open, tls: client(theirs), clientName: "test" },
        onWarning: (message) => warnings.push(message),
      });
      await trainer[Symbol.asyncDispose]();
      expect(warnings.map((one) => one.slice(0, 13))).toEqual(["This side's T", "The trainer's"]);
    } finally {
      await soon.stop();
    }
  });

  test("does not start with a certificate that has ended", async () => {
    const starting = startSidecar({
      python: python ?? "python3",
      source: await trainerSource(),
      backend: "fake",
      tls: { cert: expired.serverCert, key: expired.serverKey, clientCa: ours.ca },
      logPath: join(folder, "expired.log"),
      environment,
    });
    expect(await failure(starting)).toMatchObject({ code: "TLS_CERTIFICATE_EXPIRED", exit: 3 });
  });
});

// No trainer is needed for these.
describeUnless(missingOpenssl)("before anything is sent", () => {
  test("files are read and tried", async () => {
    const codes = async (tls: TrainerTls) => (await failure(ask("example.org:1", tls))).code;
    const open = join(folder, "open.key");
    await copyFile(ours.clientKey, open);
    await chmod(open, 0o640);
    const text = join(folder, "text");
    await writeFile(text, "no certificate");
    expect(await codes(client(ours, { cert: join(folder, "absent") }))).toBe("TRAINER_TLS_FILE");
    expect(await codes(client(ours, { ca: text }))).toMatch(/^TRAINER_TLS_(FILE|KEY)$/);
    expect(await codes(client(ours, { key: open }))).toBe("TRAINER_TLS_KEY_MODE");
    expect(await codes(client(ours, { key: theirs.clientKey }))).toBe("TRAINER_TLS_KEY");
    expect(await codes(client(expired))).toBe("TRAINER_TLS_CLIENT_EXPIRED");
  });

  test("a server whose certificate has ended is refused", async () => {
    const server = createSecureServer({
      cert: readFileSync(expired.serverCert),
      key: readFileSync(expired.serverKey),
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    try {
      const { port } = server.address() as AddressInfo;
      const tls = client(ours, { ca: expired.ca });
      expect(await failure(ask(`localhost:${port}`, tls))).toMatchObject({
        code: "TRAINER_TLS_EXPIRED",
        exit: 3,
      });
    } finally {
      server.close();
    }
  });

  test.each([
    ["answers", "HTTP/1.1 400 Bad\r\n\r\n"],
    ["hangs up", ""],
  ])("a server without TLS that %s is told apart", async (_what, answer) => {
    const server = createServer((socket) => socket.once("data", () => socket.end(answer)));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    try {
      const { port } = server.address() as AddressInfo;
      expect(await failure(ask(`127.0.0.1:${port}`, client(ours)))).toMatchObject({
        code: "TRAINER_TLS_PLAIN",
      });
    } finally {
      server.close();
    }
  });

  test.each([0, -1, 1.5, 3651])("certificates: %d days are refused, and nothing is written", async (days) => {
    const place = join(folder, "days");
    const made = makeCertificates({ folder: place, names: [], days, environment });
    expect(await failure(made)).toMatchObject({ code: "CERTS_DAYS", exit: 2 });
    expect(existsSync(place)).toBe(false);
  });

  test("certificates: a folder is never written twice, and names are checked", async () => {
    const options = { names: [], days: 1, environment };
    expect(await failure(makeCertificates({ ...options, folder: join(folder, "ours") }))).toMatchObject({
      code: "CERTS_EXIST",
    });
    const bad = { ...options, folder: join(folder, "new"), names: ["a,DNS:b"] };
    expect(await failure(makeCertificates(bad))).toMatchObject({ code: "CERTS_NAME" });
    const without = { ...options, folder: join(folder, "none"), environment: { PATH: folder } };
    expect(await failure(makeCertificates(without))).toMatchObject({ code: "OPENSSL_MISSING", exit: 3 });
  });
});
