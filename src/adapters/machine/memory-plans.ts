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

/** `trainer.engine` of the experiment. A missing setting has the default of the trainer. */
export type EngineSettings = Readonly<Record<string, unknown>>;

type Plan = (sizes: MemorySizes, engine: EngineSettings) => MemoryPart[];

/**
 * Bytes of a process with its libraries, before a model is loaded, measured as proportional set
 * size (docs/trainers/memory.md).
 */
const RUNTIME = { torch: 0.5 * GIB, vllm: 1.1 * GIB, jax: 1.6 * GIB, ray: 1.2 * GIB };

/**
 * Memory that is freed and that the allocator keeps, as a share of the memory of the other parts.
 */
const SLACK = 0.1;

/**
 * Memory of jax's compiled programs for activations, as a multiple of the activations that are
 * necessary. Fitted to SmolLM2 (docs/trainers/memory.md).
 */
const XLA_COPIES = 3;

/**
 * Defaults of the engine settings that the plans read. The trainers declare the same defaults
 * (`engine_schema` of the contract), but the plan is made before a trainer starts. A test compares
 * both.
 */
export const ENGINE_DEFAULTS = {
  torch: { train_tokens: 1024, head_tokens: 128, keep_versions: 2, max_batch_rows: 96, prefix_cache_mb: 512 },
  "torch+vllm": { train_tokens: 1024, head_tokens: 128, sampler_kv_gib: 1 },
  tinker: { keep_versions: 2, train_sequences: 8, sample_sequences: 16 },
  verl: { workers: 2, nodes: 1, train_tokens: 1024, sampler_kv_gib: 1 },
} as const;

/** An engine setting. A value that is not a finite number is replaced by the default. */
const setting = <Name extends string>(
  engine: EngineSettings,
  name: Name,
  defaults: Readonly<Record<Name, number>>,
): number => {
  const value = engine[name];
  return typeof value === "number" && Number.isFinite(value) ? value : defaults[name];
};

/**
 * Activations of one micro-batch. A sequence that is longer than a micro-batch is a micro-batch of
 * its own.
 */
function activations(
  sizes: MemorySizes,
  engine: EngineSettings,
  defaults: { readonly train_tokens: number; readonly head_tokens?: number },
  copies: number,
): MemoryPart {
  const tokens = setting(engine, "train_tokens", defaults);
  const forTokens = (count: number) => {
    const head = setting(engine, "head_tokens", { head_tokens: defaults.head_tokens ?? count });
    return copies * activationBytes(sizes, count, Math.min(head, count));
  };
  return {
    name: "activations",
    bytes: forTokens(tokens),
    mostBytes: forTokens(Math.max(tokens, sizes.contextTokens)),
  };
}

/**
 * The learner is also the sampler. Training and sampling take turns, so the larger of the two
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

/** vLLM in a separate process: its weights, and the keys and values that it reserves. */
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

/** A server on another machine has the model. */
const client: Plan = () => [{ name: "program", bytes: RUNTIME.torch }];

/**
 * SkyRL on this machine has one frozen float32 model. Each adapter has slots for weights, for
 * accumulated gradients and for new gradients. Each model with an optimizer (the learner, the
 * reference, the versions, and the next of each) has moments for all slots, as in SkyRL.
 */
const tinker: Plan = (sizes, engine) => {
  if (typeof engine["base_url"] === "string" && engine["base_url"] !== "") return client(sizes, engine);
  const adapters = { ...sizes, loraRank: sizes.loraRank ?? 16, computeBytes: 4 } as const;
  const defaults = ENGINE_DEFAULTS.tinker;
  const versions = setting(engine, "keep_versions", defaults);
  // Number of slots that the trainer requests from the server: TinkerSettings.slots in trainer-py.
  const slots = versions + 7;
  const [, gradient, optimizer] = learnerParts(adapters);
  const each = versionBytes(adapters) + 2 * (gradient?.bytes ?? 0) + (versions + 4) * (optimizer?.bytes ?? 0);
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
      // SkyRL computes the logits of 1,024 positions at a time.
      mostBytes: XLA_COPIES * recomputedActivationBytes(adapters, tokens, Math.min(tokens, 1024)),
    },
  ];
};

/**
 * FSDP2 distributes the memory of the learner over the workers. Each worker gathers one layer at a
 * time for training, and all layers for a publish.
 */
const verl: Plan = (given, engine) => {
  // verl computes in float32 on every machine.
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
 * RAM plan: the largest memory that a trainer of this kind uses on one machine, for each part. The
 * estimate is made before anything is loaded. A kind that is not in the catalog is estimated like
 * `torch`.
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
