import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { findInterpreter, listTrainers } from "../../adapters/install/environments.js";
import { spiceHome } from "../../adapters/python/home.js";
import { findPython } from "../../adapters/python/interpreter.js";
import { openTokenizer } from "../../adapters/tokens/open-tokenizer.js";
import { SpiceError } from "../../app/errors.js";
import { type Check, type DoctorDeps, fail, ok, skip, warn } from "./check.js";

/** A Python that trainers can be installed with. It is not needed when a trainer is installed. */
export async function checkPython({ run, environment }: DoctorDeps): Promise<Check> {
  const { version, executable, canBootstrapPip } = await findPython(run, environment);
  if (canBootstrapPip) return ok("python", `Python ${version} (${executable})`);
  return warn(
    "python",
    `Python ${version} (${executable}) cannot create environments`,
    "Install python3-venv, or uv.",
  );
}

/** What is installed. */
export async function checkTrainers({ source, environment }: DoctorDeps): Promise<Check> {
  const chosen = environment["SPICE_TRAINER_PYTHON"];
  if (chosen) return ok("trainers", `SPICE_TRAINER_PYTHON is set: ${chosen}`);
  const installed = (await listTrainers(source.root, environment)).flatMap(
    (trainer) => trainer.installed ?? [],
  );
  if (installed.length === 0)
    return fail("trainers", "no trainer is installed", "Run `spice trainer install torch`.");
  const names = installed.map(({ name, versions }) =>
    versions["torch"] ? `${name} (torch ${versions["torch"]})` : name,
  );
  return ok("trainers", names.join(", "));
}

const HARDWARE = `
import json, torch
from spice_trainer.engines.shared import hardware
device = hardware.pick_device("auto")
print(json.dumps({"what": hardware.describe(device), "gpu": device.type == "cuda", "bf16": hardware.has_native_bfloat16(device)}))`;

interface Hardware {
  /** One line: processor or GPU, cores, threads. */
  readonly what: string;
  readonly gpu: boolean;
  readonly bf16: boolean;
}

/**
 * The GPU, and whether bfloat16 is native. A processor that emulates bfloat16 is hundreds of times
 * slower than with float32.
 */
export async function checkHardware(deps: DoctorDeps): Promise<Check> {
  const answer = await askTorch<Hardware>(deps, HARDWARE, []);
  if (answer === null) return skip("hardware", "the torch trainer is not installed");
  const { what, gpu, bf16 } = answer;
  const dtype = bf16 ? "native bfloat16" : "no native bfloat16, so float32 is used";
  return ok("hardware", `${gpu ? "" : "no GPU; "}${what}; ${dtype}`);
}

const TOKENIZE = `
import json, sys
from tokenizers import Tokenizer
t = Tokenizer.from_file(sys.argv[1])
print(json.dumps([t.encode(s, add_special_tokens=False).ids for s in json.loads(sys.argv[2])]))`;

/**
 * Strings on which tokenizers differ when they do: digits, white space, scripts, marks, emoji,
 * LaTeX, control tokens as text.
 */
const PROBES = [
  "The capital of France is Paris.",
  "1. First\n2. Second\n\n10. Tenth: 3,141,592.65",
  "  two  spaces\tand a tab \n\n\n three line feeds ",
  "don't WE'LL they've I'm",
  "na\u00efve caf\u00e9 cafe\u0301 \u4e2d\u56fd \u65e5\u672c\u8a9e \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u0939\u093f\u0928\u094d\u0926\u0940",
  "\ud83d\udc69\u200d\ud83d\ude80 \ud83c\uddeb\ud83c\uddf7 \u200b\ufeff",
  "\\frac{a}{b} = $x^2_{10}$ \\boxed{42}",
  "<|im_start|>user\nhello<|im_end|>",
  'def f(x):\n    return {"k": [x, 1e-9]}',
];

/**
 * Both sides count tokens alike. Only counts depend on the tokenizer of this side: the sidecar
 * tokenizes what is trained.
 */
export async function checkTokenizer(deps: DoctorDeps): Promise<Check> {
  const models = join(spiceHome(deps.environment), "models");
  const names = (await readdir(models).catch(() => [])).filter((name) => !name.startsWith("."));
  if (names.length === 0)
    return skip("tokenizer", "no model is prepared yet", "`spice trainer install torch` prepares one.");
  for (const name of names) {
    const folder = join(models, name);
    const theirs = await askTorch<number[][]>(deps, TOKENIZE, [
      join(folder, "tokenizer.json"),
      JSON.stringify(PROBES),
    ]);
    if (theirs === null) return skip("tokenizer", "the torch trainer is not installed");
    const ours = await openTokenizer(folder);
    const differing = PROBES.filter((text, index) => ours.encode(text).join() !== theirs[index]?.join());
    if (differing.length > 0) {
      const first = JSON.stringify(differing[0]);
      return fail(
        "tokenizer",
        `${name}: ${differing.length} of ${PROBES.length} texts differ, first ${first}`,
        "Token budgets would be wrong: use another model, or report this tokenizer.",
      );
    }
  }
  return ok("tokenizer", `${PROBES.length} texts equal on both sides (${names.join(", ")})`);
}

/** Run a script in the torch environment; null when there is none. */
async function askTorch<T>(
  { run, source, environment, signal }: DoctorDeps,
  script: string,
  args: readonly string[],
): Promise<T | null> {
  const python = await findInterpreter(source.root, "torch", environment).catch((error: unknown) => {
    if (error instanceof SpiceError) return null;
    throw error;
  });
  if (python === null) return null;
  const { status, stdout, stderr } = await run([python, "-c", script, ...args], {
    environment: { ...environment, PYTHONPATH: source.root },
    signal,
    timeoutMs: 120_000,
  });
  if (status !== 0) throw new Error(stderr.trim().split("\n").at(-1) ?? `Python ended with status ${status}`);
  return JSON.parse(stdout) as T;
}
