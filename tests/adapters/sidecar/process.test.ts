import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { startSidecar } from "../../../src/adapters/sidecar/process.js";
import { standIn } from "./stand-in.js";

const LIVES_UNTIL_STDIN_ENDS = "ready('1.2.3'); process.stdin.resume().on('end', () => process.exit(0));";
const IGNORES_EVERYTHING = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); ready('1.2.3');";

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("starts, announces its address, and leaves when its stdin ends", async () => {
  const sidecar = await startSidecar(await standIn(LIVES_UNTIL_STDIN_ENDS));
  expect(sidecar).toMatchObject({ address: "127.0.0.1:1", version: "1.2.3" });
  expect(isAlive(sidecar.pid)).toBe(true);
  await sidecar.stop();
  await sidecar.stop();
  expect(isAlive(sidecar.pid)).toBe(false);
  expect(sidecar.lifetime.aborted).toBe(false);
});

test("kills a process that answers neither the end of stdin nor SIGTERM", async () => {
  const sidecar = await startSidecar({ ...(await standIn(IGNORES_EVERYTHING)), graceMs: 100 });
  await sidecar.stop();
  expect(isAlive(sidecar.pid)).toBe(false);
});

test("passes the token in a private file that is gone once the sidecar runs", async () => {
  const options = await standIn(
    `const fs = require("node:fs"); const file = args[args.indexOf("--token-file") + 1];
     console.error(fs.readFileSync(file, "utf8"), (fs.statSync(file).mode & 0o777).toString(8), file);
     ${LIVES_UNTIL_STDIN_ENDS}`,
  );
  await using sidecar = await startSidecar(options);
  const [token, mode, file = ""] = (await readFile(sidecar.logPath, "utf8")).trim().split(" ");
  expect(token).toBe(sidecar.token);
  expect(mode).toBe("600");
  await expect(readFile(file)).rejects.toThrow("ENOENT");
});

test.each([
  ["an environment of this program gets no other path", {}, 1],
  ["an environment of the user keeps its own PYTHONPATH", { SPICE_TRAINER_PYTHON: "/mine/bin/python" }, 2],
])("%s", async (_title, own, parts) => {
  const options = await standIn(`console.error(process.env.PYTHONPATH); ${LIVES_UNTIL_STDIN_ENDS}`);
  const environment = { ...options.environment, PYTHONPATH: "/mine/modules", ...own };
  await using sidecar = await startSidecar({ ...options, environment });
  const path = (await readFile(sidecar.logPath, "utf8")).trim().split(":");
  expect(path).toHaveLength(parts);
  expect((await readdir(path[0] ?? "")).sort()).toEqual(["spice_conformance", "spice_trainer"]);
  expect(path[1]).toBe(parts === 2 ? "/mine/modules" : undefined);
});

test("quotes the log of a sidecar that ends before it is ready", async () => {
  const options = await standIn("console.error('ImportError: no module named torch'); process.exit(7);");
  await expect(startSidecar(options)).rejects.toMatchObject({
    code: "SIDECAR_EXITED",
    exit: 3,
    message: expect.stringMatching(/status 7.*\n.*no module named torch/),
  });
});

test("takes over the sidecar's own report", async () => {
  const report = {
    ready: false,
    error: { reason: "ADDRESS_IN_USE", message: "port 1 is taken", hint: "choose another" },
  };
  const options = await standIn(`console.error('${JSON.stringify(report)}'); process.exit(3);`);
  await expect(startSidecar(options)).rejects.toMatchObject({
    code: "ADDRESS_IN_USE",
    hint: "choose another",
  });
});

test("refuses another version, and stops what it started", async () => {
  const options = await standIn(
    "console.error(process.pid); ready('9.9.9'); process.stdin.resume().on('end', () => process.exit(0));",
  );
  await expect(startSidecar(options)).rejects.toMatchObject({ code: "SIDECAR_VERSION" });
  expect(isAlive(Number(await readFile(options.logPath, "utf8")))).toBe(false);
});

test("refuses a process that prints something else", async () => {
  const options = await standIn("console.log('hello'); setInterval(() => {}, 1000);");
  await expect(startSidecar(options)).rejects.toMatchObject({ code: "SIDECAR_PROTOCOL" });
});

test("a process that only sleeps: the error says that nothing was written, how long was waited, and the command", async () => {
  const options = await standIn("setInterval(() => {}, 1000);");
  const started = startSidecar({ ...options, startTimeoutMs: 300 });
  await expect(started).rejects.toMatchObject({
    code: "SIDECAR_TIMEOUT",
    where: options.logPath,
    message: expect.stringMatching(
      /within 0\.3 s\. Its process wrote nothing .* command was: .*python\.cjs -m spice_trainer serve --backend fake/,
    ),
    hint: expect.stringContaining("spice doctor"),
  });
  expect(await readFile(options.logPath, "utf8")).toBe("");
});

test("a process that writes and then sleeps: the error quotes what it wrote, and names the command", async () => {
  const options = await standIn("console.error('loading the backend fake'); setInterval(() => {}, 1000);");
  const started = startSidecar({ ...options, startTimeoutMs: 2000 });
  await expect(started).rejects.toMatchObject({
    code: "SIDECAR_TIMEOUT",
    message: expect.stringMatching(
      /within 2 s\..*\n.*loading the backend fake\n.*command was: .*--backend fake/,
    ),
    hint: expect.not.stringContaining("spice doctor"),
  });
});

test("an interpreter that is not there is an error that names it", async () => {
  const options = { ...(await standIn("")), python: "/nowhere/python" };
  await expect(startSidecar(options)).rejects.toMatchObject({
    code: "SIDECAR_EXITED",
    where: "/nowhere/python",
  });
});

test("an abort while starting stops the process", async () => {
  const options = await standIn("setInterval(() => {}, 1000);");
  const signal = AbortSignal.timeout(200);
  await expect(startSidecar({ ...options, signal })).rejects.toMatchObject({ name: "TimeoutError" });
});

test("an unexpected end aborts the lifetime with the reason", async () => {
  const options = await standIn(
    "console.error('out of memory'); ready('1.2.3'); setInterval(() => {}, 1000);",
  );
  await using sidecar = await startSidecar(options);
  process.kill(sidecar.pid, "SIGKILL");
  await new Promise((resolve) => sidecar.lifetime.addEventListener("abort", resolve, { once: true }));
  expect(sidecar.lifetime.reason).toMatchObject({
    code: "SIDECAR_EXITED",
    message: expect.stringContaining("SIGKILL"),
  });
});
