import { expect, test } from "@jest/globals";
import { findInterpreter } from "../../../src/adapters/install/environments.js";
import { ownEnvironment } from "../../../src/adapters/install/own-trainers.js";
import type { RunCommand } from "../../../src/adapters/python/run-command.js";

const answering =
  (status: number | null, stdout: string, stderr = ""): RunCommand =>
  async () => ({ status, stdout, stderr });

const OWN = { SPICE_TRAINER_PYTHON: "/mine/bin/python" };

test("without SPICE_TRAINER_PYTHON there is no environment to ask", async () => {
  expect(await ownEnvironment({}, answering(0, "{}"))).toBeNull();
});

test("the entry points of the environment are its trainers", async () => {
  const found = {
    trainers: [{ name: "mine", target: "my_trainer:Mine", distribution: "my-trainer", version: "1.0" }],
    missing: ["pyzmq"],
  };
  expect(await ownEnvironment(OWN, answering(0, JSON.stringify(found)))).toEqual({
    python: "/mine/bin/python",
    problem: null,
    ...found,
  });
});

test("an interpreter that does not run is a problem with its last line", async () => {
  expect(await ownEnvironment(OWN, answering(1, "", "one\ntwo"))).toMatchObject({
    problem: "two",
    trainers: [],
  });
});

test("a trainer of another package needs SPICE_TRAINER_PYTHON; the error says so, and names the trainers of spice", async () => {
  await expect(findInterpreter("/nowhere", "mine", {})).rejects.toMatchObject({
    code: "TRAINER_PYTHON_UNSET",
    where: "SPICE_TRAINER_PYTHON",
    hint: expect.stringMatching(/^Trainers of spice: torch, .*fake.*docs\/trainers\/bring-your-own\.md/),
  });
  expect(await findInterpreter("/nowhere", "mine", OWN)).toBe("/mine/bin/python");
});
