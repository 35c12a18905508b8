#!/usr/bin/env node
import { EXIT } from "../app/errors.js";
import { runCommandLine } from "./command-line.js";

// `spice ... | head` closes stdout early. This is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exitCode = EXIT.ok;
});

await runCommandLine(process.argv.slice(2));
