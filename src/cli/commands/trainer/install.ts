import { command } from "../../terminal/options.js";
import { perform } from "../../terminal/perform.js";
import { interceptSignals } from "../../terminal/signals.js";

/** `spice trainer install`: an environment for a trainer, and its default model. */
export const installCommand = () =>
  command(
    "install",
    "install a trainer into an environment of its own, and prepare its default model",
    `spice trainer install torch
     SPICE_HOME=/data/spice spice trainer install torch`,
  )
    .argument("[name]", "what to install; `spice trainer list` shows the names", "torch")
    .option("--no-model", "do not fetch the default model")
    .action((name, options) =>
      perform(options, async ({ output }) => {
        const { installTrainer } = await import("../../../adapters/install/install.js");
        const { trainerSource } = await import("../../../adapters/python/source.js");
        using signals = interceptSignals(output, false);
        const { folder, marker, changed, model } = await installTrainer({
          name,
          source: await trainerSource(),
          environment: process.env,
          withModel: options.model,
          onProgress: (line) => output.note(line),
          signal: signals.signal,
        });
        output.document("spice.trainer-install/1", { folder, marker, changed, model });
        output.text(folder);
        output.next("spice doctor");
        return undefined;
      }),
    );
