import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConformanceOptions, ConformanceReport } from "../../adapters/conformance/conformance.js";
import { withSampler } from "../../adapters/install/environments.js";
import { type SidecarOptions, startSidecar } from "../../adapters/sidecar/process.js";

/** The trainer that the conformance kit is run on. */
export type TestedTrainer = Pick<ConformanceOptions, "address" | "token" | "checkpointRoot">;

/**
 * Start a trainer for the test alone, test it, and stop it. Its folder is deleted after the test.
 * The log stays when the test cannot be done, because the error names it, and when a check failed.
 *
 * @param logAt told the path of the trainer's log before it is started
 * @returns the report, and the log that stays; null when it is deleted
 */
export async function withOwnTrainer(
  start: Pick<SidecarOptions, "backend" | "python" | "source" | "signal">,
  logAt: (path: string) => void,
  test: (trainer: TestedTrainer) => Promise<ConformanceReport>,
): Promise<{ readonly report: ConformanceReport; readonly log: string | null }> {
  const folder = await mkdtemp(join(tmpdir(), "spice-conformance-"));
  const logPath = join(folder, "trainer.log");
  logAt(logPath);
  const checkpointRoot = join(folder, "checkpoints");
  const environment = await withSampler(start.source.root, start.backend, process.env);
  let report: ConformanceReport;
  try {
    await using sidecar = await startSidecar({ ...start, logPath, checkpointRoot, environment });
    report = await test({ address: sidecar.address, token: sidecar.token, checkpointRoot });
  } finally {
    await rm(checkpointRoot, { recursive: true, force: true });
  }
  if (report.fail > 0) return { report, log: logPath };
  await rm(folder, { recursive: true, force: true });
  return { report, log: null };
}
