/**
 * Runs command lines of `spice` one after the other in this process, so that the modules of the
 * program are loaded once. Each message has the words of a command line, its folder and its
 * environment. The answer has the exit code and what the command wrote.
 *
 * Usage: fork(host-process.mjs, [path of dist/cli/command-line.js])
 */
import process from "node:process";
import { pathToFileURL } from "node:url";

const { runCommandLine } = await import(pathToFileURL(process.argv[2] ?? "").href);

/** Keeps what is written to a stream. Returns a function that gives the text and ends this. */
function keep(stream) {
  const { write } = stream;
  let text = "";
  stream.write = (chunk, encoding, done) => {
    text += chunk;
    const written = typeof encoding === "function" ? encoding : done;
    if (written !== undefined) process.nextTick(written);
    return true;
  };
  return () => {
    stream.write = write;
    return text;
  };
}

process.on("message", async ({ words, folder, environment }) => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
  process.chdir(folder);
  process.exitCode = 0;
  const [stdout, stderr] = [keep(process.stdout), keep(process.stderr)];
  let failure = null;
  try {
    await runCommandLine(words);
  } catch (error) {
    failure = String(error?.stack ?? error);
  }
  const finished = { code: process.exitCode, stdout: stdout(), stderr: stderr(), failure };
  process.exitCode = 0;
  process.send(finished);
});
process.on("disconnect", () => process.exit());
