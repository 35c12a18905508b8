#!/usr/bin/env node
import { CommanderError } from "@commander-js/extra-typings";
import { EXIT } from "../app/errors.js";
import { program } from "./program.js";

// `spice ... | head` closes stdout early. This is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exitCode = EXIT.ok;
});

try {
  await (await program(process.argv.slice(2))).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}
