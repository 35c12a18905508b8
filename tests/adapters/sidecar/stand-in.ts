import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SidecarOptions } from "../../../src/adapters/sidecar/process.js";

/**
 * Options that start a script instead of Python: `body` is the program, with `ready(version)` to
 * announce itself and `args` for its command line.
 */
export async function standIn(body: string): Promise<SidecarOptions> {
  const folder = await mkdtemp(join(tmpdir(), "spice-stand-in-"));
  const python = join(folder, "python.cjs");
  const prelude = [
    `#!${process.execPath}`,
    "const args = process.argv.slice(2);",
    "const ready = (version) => console.log(JSON.stringify({ ready: true, address: '127.0.0.1:1', pid: process.pid, version }));",
  ];
  await writeFile(python, [...prelude, body].join("\n"));
  await chmod(python, 0o755);
  return {
    python,
    source: { root: folder, version: "1.2.3" },
    backend: "fake",
    logPath: join(folder, "logs", "trainer.log"),
    environment: { ...process.env, SPICE_HOME: join(folder, "home") },
    startTimeoutMs: 20_000,
    graceMs: 2000,
  };
}
