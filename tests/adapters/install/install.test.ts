import { access, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import { CATALOG, slug } from "../../../src/adapters/install/catalog.js";
import { findInterpreter, listTrainers, withSampler } from "../../../src/adapters/install/environments.js";
import { installTrainer } from "../../../src/adapters/install/install.js";
import type { CommandResult, RunCommand } from "../../../src/adapters/python/run-command.js";
import type { TrainerSource } from "../../../src/adapters/python/source.js";

const OK: CommandResult = { status: 0, stdout: "", stderr: "" };
const ABSENT: CommandResult = { status: null, stdout: "", stderr: "ENOENT" };
const failing = (stderr: string): CommandResult => ({ status: 1, stdout: "", stderr });
const VERSIONS = { python: "3.11.2", versions: { grpcio: "1", protobuf: "2", pyzmq: "3", numpy: "4" } };

let source: TrainerSource;
let environment: Record<string, string>;
let ran: string[];

beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), "spice-install-"));
  source = { root, version: "0.1.0" };
  environment = { SPICE_HOME: join(root, "home"), PYENV_ROOT: "/nowhere" };
  ran = [];
  await mkdir(join(root, "locks"));
  for (const name of [...CATALOG.map((one) => slug(one.name)), "uv"]) {
    await writeFile(join(root, "locks", `${name}.txt`), `${name}==1\n`);
  }
});

/** A machine with Python 3.11; `answers` maps a word of a command line to how it ends instead. */
function machine(answers: Readonly<Record<string, CommandResult>> = {}): RunCommand {
  return async (argv) => {
    const line = argv.join(" ");
    ran.push(line);
    const special = Object.entries(answers).find(([word]) => line.includes(word));
    if (special !== undefined) return special[1];
    if (line.includes("ensurepip")) {
      return { ...OK, stdout: JSON.stringify([[3, 11, 2], "/usr/bin/python3.11", true, true]) };
    }
    if (line.includes("importlib.metadata")) return { ...OK, stdout: JSON.stringify(VERSIONS) };
    const [program = ""] = argv;
    if (argv.at(-1) === "pass") return (await exists(program)) ? OK : ABSENT;
    if (line.includes("-m venv") || line.startsWith("uv venv")) await makeInterpreter(argv.at(-1) ?? "");
    return OK;
  };
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

async function makeInterpreter(folder: string): Promise<void> {
  const python = join(folder, "bin", "python");
  await mkdir(dirname(python), { recursive: true });
  await writeFile(python, "");
}

const install = (run: RunCommand, name = "fake") =>
  installTrainer({ name, source, environment, run, withModel: false, onProgress: () => undefined });

test("installs once: a second time nothing is run", async () => {
  const first = await install(machine());
  expect(first).toMatchObject({ changed: true, marker: { name: "fake", ...VERSIONS } });
  expect(ran.filter((line) => line.includes("--require-hashes"))).toHaveLength(1);
  ran = [];
  expect(await install(machine())).toMatchObject({ changed: false, folder: first.folder });
  expect(ran).toEqual([]);
  expect(await findInterpreter(source.root, "fake", environment)).toBe(join(first.folder, "bin", "python"));
});

test("a changed lock is another environment", async () => {
  const first = await install(machine());
  await writeFile(join(source.root, "locks", "fake.txt"), "fake==2\n");
  expect(
    (await listTrainers(source.root, environment)).find(({ entry }) => entry.name === "fake")?.installed,
  ).toBeNull();
  expect((await install(machine())).folder).not.toBe(first.folder);
});

test("goes on in a half-made environment instead of making it anew", async () => {
  const broken = machine({ "--require-hashes": failing("error: No space left on device (os error 28)") });
  await expect(install(broken)).rejects.toMatchObject({ code: "DISK_FULL", exit: 3 });
  await expect(findInterpreter(source.root, "fake", environment)).rejects.toMatchObject({
    code: "TRAINER_NOT_INSTALLED",
  });
  ran = [];
  expect(await install(machine())).toMatchObject({ changed: true });
  expect(ran.some((line) => /(uv|-m) venv /.test(line))).toBe(false);
});

test("without uv on PATH it is put into the environment, from its own lock", async () => {
  const { folder } = await install(machine({ "uv --version": ABSENT }));
  expect(ran.some((line) => line.startsWith("/usr/bin/python3.11 -m venv"))).toBe(true);
  expect(ran.some((line) => line.includes("-m pip install") && line.endsWith("uv.txt"))).toBe(true);
  expect(ran.some((line) => line.startsWith(`${join(folder, "bin", "uv")} pip install`))).toBe(true);
});

test("pip takes over where uv reaches no index, and both failing says so with the proxies that are set", async () => {
  const unreachable = failing("error: Failed to fetch: connection timed out");
  const { marker } = await install(machine({ "uv pip install": unreachable }));
  expect(marker.name).toBe("fake");
  environment["HTTPS_PROXY"] = "http://user:secret@proxy.invalid";
  const error = await install(machine({ "pip install": unreachable }), "torch").catch(
    (failure: unknown) => failure,
  );
  expect(error).toMatchObject({ code: "PACKAGES_UNREACHABLE", hint: expect.stringContaining("HTTPS_PROXY") });
  expect(JSON.stringify(error)).not.toContain("secret");
});

test("wrong hashes are refused, without a second try", async () => {
  const run = machine({ "uv pip install": failing("error: Hash mismatch for `grpcio==1`") });
  await expect(install(run)).rejects.toMatchObject({ code: "PACKAGE_HASH_MISMATCH" });
  expect(ran.some((line) => line.includes("-m pip install"))).toBe(false);
});

test("an unknown name is a usage error that names what there is", async () => {
  await expect(install(machine(), "vllm")).rejects.toMatchObject({
    code: "UNKNOWN_TRAINER",
    exit: 2,
    hint: expect.stringContaining("torch, torch+vllm"),
  });
});

test("two at once: the second is told that the first is at work", async () => {
  let second: Promise<unknown> = Promise.resolve();
  const inner = machine();
  const run: RunCommand = async (argv, options) => {
    if (argv.includes("--require-hashes")) second = install(machine()).catch((error: unknown) => error);
    await second;
    return inner(argv, options);
  };
  await install(run);
  expect(await second).toMatchObject({ code: "LOCKED" });
});

test("a Python that cannot make environments is explained when there is no uv either", async () => {
  const bare = { ...OK, stdout: JSON.stringify([[3, 11, 2], "/usr/bin/python3.11", false, true]) };
  const run = machine({ ensurepip: bare, "uv --version": ABSENT });
  await expect(install(run)).rejects.toMatchObject({
    code: "PYTHON_WITHOUT_VENV",
    hint: expect.stringContaining("python3-venv"),
  });
});

test("the marker is the last thing written", async () => {
  const run = machine({ "importlib.metadata": failing("PackageNotFoundError: grpcio") });
  await expect(install(run)).rejects.toMatchObject({ code: "INSTALL_FAILED" });
  const { folder } = await install(machine());
  expect(JSON.parse(await readFile(join(folder, "spice-environment.json"), "utf8"))).toMatchObject(VERSIONS);
});

test("a trainer that samples in another environment brings it along, and its process is told where it is", async () => {
  await expect(withSampler(source.root, "verl", environment)).rejects.toMatchObject({
    code: "TRAINER_NOT_INSTALLED",
    hint: expect.stringContaining("torch+vllm"),
  });
  await install(machine(), "verl");
  const vllm = await findInterpreter(source.root, "torch+vllm", environment);
  expect(await findInterpreter(source.root, "verl", environment)).not.toBe(vllm);
  expect(await withSampler(source.root, "verl", environment)).toEqual({
    ...environment,
    SPICE_VLLM_PYTHON: vllm,
  });
});

test("an interpreter of one's own for vLLM or for the whole trainer is left alone", async () => {
  const own = { ...environment, SPICE_VLLM_PYTHON: "/opt/vllm/bin/python" };
  expect(await withSampler(source.root, "verl", own)).toEqual(own);
  const container = { ...environment, SPICE_TRAINER_PYTHON: "/opt/trainer/bin/python" };
  expect(await withSampler(source.root, "verl", container)).toEqual(container);
  expect(await withSampler(source.root, "torch", environment)).toEqual(environment);
});
