import { expect, test } from "@jest/globals";
import { findPython } from "../../../src/adapters/python/interpreter.js";
import type { RunCommand } from "../../../src/adapters/python/run-command.js";

type Answer = readonly [version: readonly number[], hasEnsurepip?: boolean, wide?: boolean] | "broken";

/** A machine on which these interpreters answer; anything else is not there. */
const machine =
  (interpreters: Readonly<Record<string, Answer>>): RunCommand =>
  async ([program = ""]) => {
    const answer = interpreters[program];
    if (answer === undefined) return { status: null, stdout: "", stderr: "ENOENT" };
    if (answer === "broken") return { status: 127, stdout: "", stderr: "pyenv: command not found" };
    const [version, hasEnsurepip = true, wide = true] = answer;
    return {
      status: 0,
      stdout: JSON.stringify([version, `/usr/bin/${program}`, hasEnsurepip, wide]),
      stderr: "",
    };
  };

const NO_PYENV = { PYENV_ROOT: "/nowhere" };

test("passes over shims that do not run and versions that are too old, 32-bit or too new", async () => {
  const run = machine({
    "python3.11": "broken",
    "python3.12": [[3, 12, 1], true, false],
    "python3.14": [[3, 15, 0]],
    python3: [[3, 10, 4]],
    python: [[3, 13, 2]],
  });
  expect(await findPython(run, NO_PYENV)).toEqual({
    executable: "/usr/bin/python",
    version: "3.13.2",
    canBootstrapPip: true,
  });
});

test("prefers an interpreter that can make environments, and takes another one when there is none", async () => {
  const both = machine({ "python3.11": [[3, 11, 2], false], "python3.12": [[3, 12, 1]] });
  expect(await findPython(both, NO_PYENV)).toMatchObject({ version: "3.12.1" });
  const one = machine({ "python3.11": [[3, 11, 2], false] });
  expect(await findPython(one, NO_PYENV)).toMatchObject({ version: "3.11.2", canBootstrapPip: false });
});

test("an environment that needs newer versions passes over the usual one, and says what it looked for", async () => {
  const skyrl = { from: 12, below: 15 };
  const run = machine({ "python3.11": [[3, 11, 7]], "python3.12": [[3, 12, 1]] });
  expect(await findPython(run, NO_PYENV, skyrl)).toMatchObject({ version: "3.12.1" });
  const old = machine({ "python3.11": [[3, 11, 7]] });
  await expect(findPython(old, NO_PYENV, skyrl)).rejects.toMatchObject({
    code: "NO_PYTHON",
    message: "No Python between 3.12 and 3.14 was found.",
    where: "tried python3.11 (3.11.7)",
  });
});

test("SPICE_PYTHON is the only candidate when set", async () => {
  const run = machine({ "python3.11": [[3, 11, 2]], "/opt/py": [[3, 8, 0]] });
  await expect(findPython(run, { ...NO_PYENV, SPICE_PYTHON: "/opt/py" })).rejects.toMatchObject({
    code: "NO_PYTHON",
    exit: 3,
    where: "tried /opt/py (3.8.0)",
  });
});
