import { spawn } from "node:child_process";
import { findInterpreter } from "../../src/adapters/install/environments.js";
import { trainerSource } from "../../src/adapters/python/source.js";

// trainer-py/bench/conformance.py does the work: trainers, mutants and the kit are Python
// processes.
const { root } = await trainerSource();
const python = await findInterpreter(root, "torch", process.env);
const child = spawn(python, ["-m", "bench.conformance", ...process.argv.slice(2)], {
  cwd: root,
  env: { ...process.env, PYTHONPATH: root, TOKENIZERS_PARALLELISM: "false" },
  stdio: "inherit",
});
process.exitCode = await new Promise<number>((done) =>
  child.once("close", (code, signal) => done(code ?? (signal === "SIGINT" ? 130 : 1))),
);
