import { beforeAll, expect, test } from "@jest/globals";
import { BACKENDS } from "../../../src/adapters/install/catalog.js";
import { ENGINE_DEFAULTS } from "../../../src/adapters/machine/memory-plans.js";
import { runCommand } from "../../../src/adapters/python/run-command.js";
import { trainerSource } from "../../../src/adapters/python/source.js";
import { describeWithPython, python } from "../../support/python.js";

/**
 * Prints the names of the engines, and then the settings of each engine that is named. An engine
 * declares them in its module or in `settings` beside the module.
 */
const ENGINES = `
import importlib, json, sys
from spice_trainer.engines import BUILT_IN
print(json.dumps(list(BUILT_IN)))
for name in sys.argv[1:]:
    module = importlib.import_module(BUILT_IN[name])
    if not hasattr(module, "PROPERTIES"):
        module = importlib.import_module(BUILT_IN[name].rpartition(".")[0] + ".settings")
    print(json.dumps(module.PROPERTIES))
`;

describeWithPython("defaults of engine settings", () => {
  const names = Object.keys(ENGINE_DEFAULTS);
  let engines: readonly string[];
  let declared: readonly Record<string, { default?: number }>[];
  beforeAll(async () => {
    const { root } = await trainerSource();
    const { status, stdout, stderr } = await runCommand([python ?? "", "-c", ENGINES, ...names], {
      environment: { ...process.env, PYTHONPATH: root },
    });
    expect([status, status === 0 ? "" : stderr]).toEqual([0, ""]);
    [engines, ...declared] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)) as [string[], ...Record<string, { default?: number }>[]];
  });

  test("that a memory plan assumes are those that the trainer declares", () => {
    expect(declared).toHaveLength(names.length);
    for (const [index, [name, assumed]] of Object.entries(ENGINE_DEFAULTS).entries()) {
      const found = Object.keys(assumed).map((setting) => [setting, declared[index]?.[setting]?.default]);
      expect([name, Object.fromEntries(found)]).toEqual([name, assumed]);
    }
  });

  test("the help of the command line names the engines that are built in", () => {
    // `sink` measures the wire in a bench. People do not train with it.
    expect(new Set(BACKENDS)).toEqual(new Set(engines.filter((name) => name !== "sink")));
  });
});
