import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { BACKENDS } from "../../../src/adapters/install/catalog.js";
import { ENGINE_DEFAULTS } from "../../../src/adapters/machine/memory-plans.js";

/**
 * `engines`: the names of the engines that are built in. `defaults`: the defaults of settings of
 * each engine. trainer-py/tests/engines/test_defaults.py compares this file with the engines, which
 * takes seconds of imports that Python's tests need anyway.
 */
const DECLARED: unknown = JSON.parse(readFileSync("tests/fixtures/engine-defaults.json", "utf8"));

describe("defaults of engine settings", () => {
  test("that a memory plan assumes are those that the trainer declares", () => {
    expect(ENGINE_DEFAULTS).toEqual((DECLARED as { defaults: unknown }).defaults);
  });

  test("the help of the command line names the engines that are built in", () => {
    const { engines } = DECLARED as { engines: readonly string[] };
    // `sink` measures the wire in a bench. People do not train with it.
    expect(new Set(BACKENDS)).toEqual(new Set(engines.filter((name) => name !== "sink")));
  });
});
