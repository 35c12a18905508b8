import { SpiceError } from "../../app/errors.js";
import { type Check, type DoctorDeps, type DoctorReport, fail } from "./check.js";
import { checkEnvironments } from "./environments.js";
import { checkDisk, checkNode, checkPort, checkProxy, checkZeromq } from "./machine.js";
import { checkHardware, checkPython, checkTokenizer, checkTrainers } from "./python-side.js";
import { checkAddress, checkSidecar } from "./sidecar.js";

const CHECKS: readonly (readonly [id: string, check: (deps: DoctorDeps) => Promise<Check>])[] = [
  ["node", checkNode],
  ["zeromq", checkZeromq],
  ["port", checkPort],
  ["proxy", checkProxy],
  ["disk", checkDisk],
  ["python", checkPython],
  ["trainers", checkTrainers],
  ["environments", checkEnvironments],
  ["sidecar", checkSidecar],
  ["address", checkAddress],
  ["hardware", checkHardware],
  ["tokenizer", checkTokenizer],
];

/**
 * Run every check, one after the other. A failed check does not stop the others. Nothing is changed
 * on this machine.
 */
export async function runDoctor(deps: DoctorDeps): Promise<DoctorReport> {
  const checks: Check[] = [];
  for (const [id, check] of CHECKS) {
    const done = await check(deps).catch((error: unknown) => failed(id, error));
    deps.signal.throwIfAborted();
    deps.onCheck(done);
    checks.push(done);
  }
  return { checks, ok: checks.every((one) => one.status !== "fail") };
}

function failed(id: string, error: unknown): Check {
  if (error instanceof SpiceError) return fail(id, error.message, error.hint);
  return fail(
    id,
    error instanceof Error ? error.message : String(error),
    "Run again with -vv and report what it shows.",
  );
}
