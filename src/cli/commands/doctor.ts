import { EXIT } from "../../app/errors.js";
import type { Check } from "../doctor/check.js";
import { configure, configuredCommand } from "../terminal/options.js";
import type { Output } from "../terminal/output.js";
import { perform } from "../terminal/perform.js";
import { interceptSignals } from "../terminal/signals.js";

/** `spice doctor`: can this machine run an experiment? */
export const doctorCommand = () =>
  configuredCommand(
    "doctor",
    "check this machine: Node, Python, trainers, model, GPU, disk, proxy",
    `spice doctor
     spice doctor --json | jq '.checks[] | select(.status != "ok")'`,
  ).action((options) =>
    perform(options, async ({ output }) => {
      const { runCommand } = await import("../../adapters/python/run-command.js");
      const { trainerSource } = await import("../../adapters/python/source.js");
      const { runDoctor } = await import("../doctor/run-doctor.js");
      using signals = interceptSignals(output, false);
      const { experiment } = await configure(options, output);
      const report = await runDoctor({
        environment: process.env,
        source: await trainerSource(),
        run: runCommand,
        folder: process.cwd(),
        address: experiment.trainer.address,
        tls: experiment.trainer.tls,
        token: process.env["SPICE_TRAINER_TOKEN"] ?? null,
        signal: signals.signal,
        onCheck: (check) => show(output, check),
      });
      output.document("spice.doctor/1", report);
      return report.ok ? EXIT.ok : EXIT.environment;
    }),
  );

const COLOURS = { ok: "green", warn: "yellow", fail: "red", skip: "dim" } as const;

function show(output: Output, { id, status, detail, hint }: Check): void {
  output.text(`${output.out(COLOURS[status], status.padEnd(4))}  ${id.padEnd(9)}  ${detail}`);
  if (hint !== "") output.text(`${" ".repeat(17)}${hint}`);
}
