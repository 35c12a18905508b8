import {
  activationBytes,
  keyValueBytes,
  learnerParts,
  type MemoryPart,
  type MemorySizes,
  mostBytes,
  recomputedActivationBytes,
  totalBytes,
  versionBytes,
} from "../../core/trainer/memory-plan.js";

const GIB = 1024 ** 3;

/** `trainer.engine` of the experiment: a setting that is not there has the trainer's default. */
export type EngineSettings = Readonly<Record<string, unknown>>;

type Plan = (sizes: MemorySizes, engine: EngineSettings) => MemoryPart[];

/**
 * Processes with their libraries, before a model: measured as proportional set sizes
 * (docs/trainers/memory.md).
 */
const RUNTIME = { torch: 0.5 * GIB, vllm: 1.1 * GIB, jax: 1.6 * GIB, ray: 1.2 * GIB };

/** Freed pieces that the allocator keeps: a tenth of what a learner holds. */
const SLACK = 0.1;

/**
 * What jax's compiled programs take of the activations that have to be there: fitted to SmolLM2
 * (docs/trainers/memory.md).
 */
const XLA_COPIES = 3;

/**
 * Defaults of the engine settings that the plans read. The trainers declare them (`engine_schema`
 * of the contract), but the plan is made before a trainer is started. A test compares both sides.
 */
export const ENGINE_DEFAULTS = {
  torch: { train_tokens: 1024, head_tokens: 128, keep_versions: 2, max_batch_rows: 96, prefix_cache_mb: 512 },
  "torch+vllm": { train_tokens: 1024, head_tokens: 128, sampler_kv_gib: 1 },
  tinker: { keep_versions: 2, train_sequences: 8, sample_sequences: 16 },
  verl: { workers: 2, nodes: 1, train_tokens: 1024, sampler_kv_gib: 1 },
} as const;

/** A setting that is not a finite number has its default. */
const setting = <Name extends string>(
  engine: EngineSettings,
  name: Name,
  defaults: Readonly<Record<Name, number>>,
): number => {
  const value = engine[name];
  return typeof value === "number" && Number.isFinite(value) ? value : defaults[name];
};

/**
 * Activations of one micro-batch; the longest sequence, if it is longer than that, is one by
 * itself.
 */
function activations(
  sizes: MemorySizes,
  engine: EngineSettings,
  defaults: { readonly train_tokens: number; readonly head_tokens?: number },
  copies: number,
): MemoryPart {
  const tokens = setting(engine, "train_tokens", defaults);
  const of = (count: number) => {
    const head = setting(engine, "head_tokens", { head_tokens: defaults.head_tokens ?? count });
    return copies * activationBytes(sizes, count, Math.min(head, count));
  };
  return { name: "activations", bytes: of(tokens), mostBytes: of(Math.max(tokens, sizes.contextTokens)) };
}

/**
 * The learner that samples itself: training and sampling take turns, so the larger of the two
 * counts.
 */
const torch: Plan = (sizes, engine) => {
  const defaults = ENGINE_DEFAULTS.torch;
  const versions = setting(engine, "keep_versions", defaults);
  const training = activations(sizes, engine, defaults, 1);
  const rows = setting(engine, "max_batch_rows", defaults);
  const prefixes = setting(engine, "prefix_cache_mb", defaults) * 1024 ** 2;
  const sampling = keyValueBytes(sizes, rows * sizes.contextTokens) + prefixes;
  return [
    { name: "program", bytes: RUNTIME.torch },
    ...learnerParts(sizes),
    { name: "published versions", bytes: versions * versionBytes(sizes) },
    {
      name: "activations, or keys and values",
      bytes: training.bytes,
      mostBytes: Math.max(training.mostBytes ?? 0, sampling),
    },
  ];
};

/** vLLM in a process of its own: weights, and the keys and values it reserves. */
function samplerParts(
  sizes: MemorySizes,
  engine: EngineSettings,
  defaults: { readonly sampler_kv_gib: number },
): MemoryPart[] {
  const weights = sizes.shape.parameters * sizes.computeBytes;
  return [
    { name: "sampler: program", bytes: RUNTIME.vllm },
    { name: "sampler: weights", bytes: weights },
    { name: "sampler: keys and values", bytes: setting(engine, "sampler_kv_gib", defaults) * GIB },
  ];
}

const torchVllm: Plan = (sizes, engine) => [
  { name: "program", bytes: RUNTIME.torch },
  ...learnerParts(sizes),
  activations(sizes, engine, ENGINE_DEFAULTS["torch+vllm"], 1),
  ...samplerParts(sizes, engine, ENGINE_DEFAULTS["torch+vllm"]),
];

/** A server elsewhere holds everything. */
const client: Plan = () => [{ name: "program", bytes: RUNTIME.torch }];

/**
 * SkyRL on this machine: one frozen float32 model; a slot of weights, of accumulated and of fresh
 * gradients for each adapter; and for each model with an optimiser, the learner, the reference, the
 * versions and the next of each, moments of all slots, as SkyRL has it.
 */
const tinker: Plan = (sizes, engine) => {
  if (typeof engine["base_url"] === "string" && engine["base_url"] !== "") return client(sizes, engine);
  const adapters = { ...sizes, loraRank: sizes.loraRank ?? 16, computeBytes: 4 } as const;
  const defaults = ENGINE_DEFAULTS.tinker;
  const versions = setting(engine, "keep_versions", defaults);
  // As the trainer asks the server for them: TinkerSettings.slots.
  const slots = versions + 7;
  const [, gradient, optimiser] = learnerParts(adapters);
  const each = versionBytes(adapters) + 2 * (gradient?.bytes ?? 0) + (versions + 4) * (optimiser?.bytes ?? 0);
  const sequences = Math.max(
    setting(engine, "train_sequences", defaults),
    setting(engine, "sample_sequences", defaults) / 2,
  );
  const tokens = sequences * sizes.contextTokens;
  return [
    { name: "programs", bytes: RUNTIME.jax + RUNTIME.torch },
    { name: "weights", bytes: sizes.shape.parameters * 4 },
    { name: "adapters", bytes: slots * each },
    {
      name: "activations",
      bytes: 0,
      // SkyRL computes logits of 1,024 positions at a time.
      mostBytes: XLA_COPIES * recomputedActivationBytes(adapters, tokens, Math.min(tokens, 1024)),
    },
  ];
};

/**
 * FSDP2 shards what a learner holds; each worker gathers a layer at a time, and the whole of it to
 * publish.
 */
const verl: Plan = (given, engine) => {
  // It computes in float32 whatever the machine has.
  const sizes = { ...given, computeBytes: 4 } as const;
  const defaults = ENGINE_DEFAULTS.verl;
  const all = setting(engine, "workers", defaults);
  const workers = all / Math.max(setting(engine, "nodes", defaults), 1);
  const share = workers / Math.max(all, 1);
  return [
    { name: "programs", bytes: RUNTIME.ray + (workers + 1) * RUNTIME.torch },
    ...learnerParts(sizes).map(({ name, bytes }) => ({ name, bytes: bytes * share })),
    { name: "gathered weights", bytes: sizes.shape.parameters * 4 },
    activations(sizes, engine, defaults, workers),
    ...samplerParts(sizes, engine, defaults),
  ];
};

const fake: Plan = () => [{ name: "program", bytes: 0.2 * GIB }];

const PLANS: Readonly<Record<string, Plan>> = {
  torch,
  "torch+vllm": torchVllm,
  tinker,
  "tinker-hosted": client,
  verl,
  fake,
};

/**
 * What a trainer of this kind will hold on one machine, at most, part by part: an estimate made
 * before anything is loaded. A kind that is not of the catalogue is taken for one that holds what
 * `torch` holds.
 */
export function memoryPlan(kind: string, sizes: MemorySizes, engine: EngineSettings): readonly MemoryPart[] {
  const parts = (PLANS[kind] ?? torch)(sizes, engine).filter((part) => mostBytes([part]) > 0);
  const freed = {
    name: "freed pieces",
    bytes: SLACK * totalBytes(parts),
    mostBytes: SLACK * mostBytes(parts),
  };
  return [...parts, freed];
}
