import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identifyTrainer } from "../../adapters/grpc/connect.js";
import { findInterpreter } from "../../adapters/install/environments.js";
import { startSidecar } from "../../adapters/sidecar/process.js";
import { SpiceError } from "../../app/errors.js";
import { type Check, type DoctorDeps, ok, skip } from "./check.js";

/**
 * A sidecar starts, answers over gRPC with the right version, and stops. The deterministic
 * backend is used, so no model is loaded.
 */
export async function checkSidecar({ environment, source, signal }: DoctorDeps): Promise<Check> {
  const python = await findInterpreter(source.root, "fake", environment).catch((error: unknown) => {
    if (error instanceof SpiceError) return null;
    throw error;
  });
  if (python === null)
    return skip("sidecar", "no trainer is installed", "Run `spice trainer install torch`.");
  const folder = await mkdtemp(join(tmpdir(), "spice-doctor-"));
  const started = performance.now();
  try {
    await using sidecar = await startSidecar({
      python,
      source,
      backend: "fake",
      logPath: join(folder, "trainer.log"),
      environment,
      signal,
    });
    const { protocol, version } = await identifyTrainer(sidecar.address, sidecar.token, signal);
    return ok(
      "sidecar",
      `${protocol}, version ${version}, answered after ${Math.round(performance.now() - started)} ms`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The trainer at `trainer.address` answers and has the same contract. Without an address: nothing.
 */
export async function checkAddress({ address, token, tls, signal }: DoctorDeps): Promise<Check> {
  if (address === null) return ok("address", "the trainer is started on demand");
  const limit = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
  const { backend, version } = await identifyTrainer(address, token, limit, tls);
  return ok("address", `${address}: backend ${backend}, version ${version}`);
}
