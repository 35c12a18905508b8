import { expect, test } from "@jest/globals";
import { BACKENDS } from "../../../src/adapters/install/catalog.js";
import { ENGINE_DEFAULTS } from "../../../src/adapters/machine/memory-plans.js";
import { runCommand } from "../../../src/adapters/python/run-command.js";
import { trainerSource } from "../../../src/adapters/python/source.js";
import { describeWithPython, python } from "../../support/python.js";

/**
 * Prints the settings of each engine. An engine declares them in its module or in `settings` beside
 * the module.
 */
const SCHEMAS = `
import importlib, json, sys
from spice_trainer.engines import BUILT_IN
for name in sys.argv[1:]:
    module = importlib.import_module(BUILT_IN[name])
    if not hasattr(module, "PROPERTIES"):
        module = importlib.import_module(BUILT_IN[name].rpartition(".")[0] + ".settings")
    print(json.dumps(module.PROPERTIES))
`;

describeWithPython("defaults of engine settings", () => {
  test("that a memory plan assumes are those that the trainer declares", async () => {
    const { root } = await trainerSource();
    const names = Object.keys(ENGINE_DEFAULTS);
    const { status, stdout, stderr } = await runCommand([python ?? "", "-c", SCHEMAS, ...names], {
      environment: { ...process.env, PYTHONPATH: root },
    });
    expect([status, status === 0 ? "" : stderr]).toEqual([0, ""]);
    const declared = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, { default?: number }>);
    expect(declared).toHaveLength(names.length);
    for (const [index, [name, assumed]] of Object.entries(ENGINE_DEFAULTS).entries()) {
      const found = Object.keys(assumed).map((setting) => [setting, declared[index]?.[setting]?.default]);
      expect([name, Object.fromEntries(found)]).toEqual([name, assumed]);
    }
  });

  test("the help of the command line names the engines that are built in", async () => {
    const { root } = await trainerSource();
    const script =
      "import json; from spice_trainer.engines import BUILT_IN; print(json.dumps(list(BUILT_IN)))";
    const { stdout } = await runCommand([python ?? "", "-c", script], {
      environment: { ...process.env, PYTHONPATH: root },
    });
    // `sink` measures the wire in a bench. People do not train with it.
    const engines = (JSON.parse(stdout) as string[]).filter((name) => name !== "sink");
    expect(new Set(BACKENDS)).toEqual(new Set(engines));
  });
});
