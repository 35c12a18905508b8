import { resolve } from "node:path";
import type { ConformanceReport } from "../../../adapters/conformance/conformance.js";
import { EXIT, SpiceError } from "../../../app/errors.js";
import type { TestedTrainer } from "../../compose/tested-trainer.js";
import { perform } from "../../terminal/perform.js";
import { interceptSignals } from "../../terminal/signals.js";
import { checkOptions } from "./check-options.js";

/** `spice trainer check`: does a trainer keep the contract? `spice conformance` is its old name. */
export const checkCommand = (name = "check") =>
  checkOptions(name).action((options) =>
    perform(options, async ({ output, logAt }) => {
      const { listConformance, runConformance } = await import(
        "../../../adapters/conformance/conformance.js"
      );
      const { findInterpreter } = await import("../../../adapters/install/environments.js");
      const { trainerSource } = await import("../../../adapters/python/source.js");
      const { withOwnTrainer } = await import("../../compose/tested-trainer.js");
      const { showConformance } = await import("./show-conformance.js");
      using signals = interceptSignals(output, false);
      const source = await trainerSource();
      const { root } = source;
      const python = await findInterpreter(root, options.backend ?? "fake", process.env);
      if (options.list) {
        process.stdout.write(await listConformance(python, root, options.json ?? false, process.env));
        return undefined;
      }
      const test = (trainer: TestedTrainer) =>
        runConformance({
          ...options,
          ...trainer,
          python,
          root,
          environment: process.env,
          onLine: (line) => output.detail(line),
          signal: signals.signal,
        });
      const { backend, target, checkpointRoot } = options;
      let report: ConformanceReport;
      let log: string | null = null;
      if (backend !== undefined && target === undefined) {
        ({ report, log } = await withOwnTrainer(
          { backend, python, source, signal: signals.signal },
          logAt,
          test,
        ));
      } else if (target !== undefined && backend === undefined) {
        report = await test({
          address: target,
          token: process.env["SPICE_TRAINER_TOKEN"]?.trim() || null,
          checkpointRoot: checkpointRoot === undefined ? null : resolve(checkpointRoot),
        });
      } else throw notOneTrainer();
      showConformance(output, report);
      if (log !== null) output.note(`the trainer's log: ${log}`);
      return report.fail > 0 ? EXIT.verification : EXIT.ok;
    }),
  );

const notOneTrainer = () =>
  new SpiceError("Name one trainer: --target or --backend.", {
    code: "CONFORMANCE_USAGE",
    boundary: "cli",
    hint: "`spice trainer check --backend fake` tests the built-in example.",
    exit: EXIT.usage,
  });
