import type { AdmissionConfig } from "../admission/config.js";
import type { Experiment } from "../experiment/experiment.js";
import { promptFamily } from "../prompts/families.js";

/**
 * What a trainer declares that it can do, as far as an experiment may need it. The strings are the
 * names of the contract in lower case (proto/spice/trainer/v1/info.proto).
 */
export interface Declared {
  /** For example `CheckpointService/Save`. */
  readonly calls: readonly string[];
  /** `full`, `lora`. */
  readonly trainable: readonly string[];
  /** 0 without adapters. */
  readonly maxLoraRank: number;
  /** `float32`, `bfloat16`. */
  readonly computeDtypes: readonly string[];
  readonly losses: readonly string[];
  readonly surrogates: readonly string[];
  readonly ratios: readonly string[];
  readonly ratioBaselines: readonly string[];
  readonly corrections: readonly string[];
  readonly klEstimators: readonly string[];
  readonly klReferences: readonly string[];
  readonly samplingParameters: readonly string[];
  /** What a sample can carry: `text`, `logprobs`, `prompt_ids`. */
  readonly returns: readonly string[];
  /** `best_effort` if seeds have an effect; `bitwise` too if equal seeds give equal tokens. */
  readonly seeds: readonly string[];
  readonly maxSamplesPerPrompt: number;
}

type Lists = {
  readonly [Key in keyof Declared as Declared[Key] extends readonly string[] ? Key : never]: string;
};

/** One thing that an experiment needs from its trainer. */
export interface Need {
  /** List or limit of the trainer's capabilities. */
  readonly of: keyof Declared;
  /** Entry that the list must have, or the smallest limit that is enough. */
  readonly wanted: string | number;
  /** Path of the setting that the need comes from; empty for what every experiment needs. */
  readonly setting: string;
  /** The setting's value. */
  readonly value: string;
  /** Settings with which the need goes away; empty when there are none. */
  readonly instead: string;
}

/**
 * How the experiment uses its trainer. `try` trains and saves nothing. `play` samples and trains
 * nothing.
 */
export type TrainerUse = "train" | "try" | "play";

/** Names of the capabilities in the trainer's own code (`spice_trainer.api.Capabilities`). */
export const CAPABILITY_NAMES: Readonly<Record<keyof Declared, string>> = {
  calls: "methods",
  trainable: "trainable",
  maxLoraRank: "max_lora_rank",
  computeDtypes: "compute_dtypes",
  losses: "losses",
  surrogates: "surrogates",
  ratios: "ratios",
  ratioBaselines: "ratio_baselines",
  corrections: "corrections",
  klEstimators: "kl_estimators",
  klReferences: "kl_references",
  samplingParameters: "sampling_parameters",
  returns: "returns",
  seeds: "seed_support",
  maxSamplesPerPrompt: "max_samples_per_prompt",
};

/**
 * Everything that an experiment needs from its trainer, in the order of the settings. A trainer
 * refuses each of these when it does not declare it.
 */
export function trainerNeeds(experiment: Experiment, use: TrainerUse = "train"): readonly Need[] {
  return [
    ...callNeeds(experiment, use),
    ...modelNeeds(experiment),
    ...samplingNeeds(experiment),
    ...(use === "play" ? [] : lossNeeds(experiment)),
  ];
}

/** The needs that the trainer does not declare. */
export function unmetNeeds(needs: readonly Need[], declared: Declared): readonly Need[] {
  return needs.filter(({ of, wanted }) => {
    const found = declared[of];
    return typeof found === "number" ? found < Number(wanted) : !found.includes(String(wanted));
  });
}

function listed(
  of: keyof Lists,
  wanted: string,
  from: Partial<Pick<Need, "setting" | "value" | "instead">>,
): Need {
  return { of, wanted, setting: "", value: wanted, instead: "", ...from };
}

function callNeeds(experiment: Experiment, use: TrainerUse): readonly Need[] {
  const always = ["TokensService/Tokenize", "SamplingService/Sample"];
  const training = ["TrainingService/TrainStep", "WeightsService/Publish"];
  const saving = use === "train" ? ["CheckpointService/Save"] : [];
  const warmup = experiment.warmup.enabled ? ["TokensService/EncodeCompletions"] : [];
  return [...always, ...(use === "play" ? [] : [...training, ...saving, ...warmup])].map((call) =>
    listed("calls", call, {}),
  );
}

function modelNeeds({ model }: Experiment): readonly Need[] {
  const { lora, computeDtype } = model;
  const needs: Need[] =
    lora === null
      ? [
          listed("trainable", "full", {
            setting: "model.lora",
            value: "null",
            instead: "-s model.lora.rank=16 -s model.lora.alpha=32",
          }),
        ]
      : [
          listed("trainable", "lora", {
            setting: "model.lora",
            value: `rank ${lora.rank}`,
            instead: "-s model.lora=null",
          }),
          {
            of: "maxLoraRank",
            wanted: lora.rank,
            setting: "model.lora.rank",
            value: String(lora.rank),
            instead: "a smaller model.lora.rank",
          },
        ];
  if (computeDtype !== "auto")
    needs.push(
      listed("computeDtypes", computeDtype, {
        setting: "model.computeDtype",
        instead: "-s model.computeDtype=auto",
      }),
    );
  return needs;
}

function samplingNeeds({ challenger, reasoner, admission }: Experiment): readonly Need[] {
  const family = promptFamily(challenger.prompts);
  const stops = [...family.challengerStops, ...family.reasonerStops];
  const needs: Need[] = [
    listed("returns", "text", {}),
    listed("returns", "prompt_ids", {}),
    listed("returns", "logprobs", {}),
    listed("seeds", "best_effort", {}),
  ];
  if (stops.length > 0)
    needs.push(
      listed("samplingParameters", "stop_strings", {
        setting: "challenger.prompts",
        value: challenger.prompts,
        // The paper's prompts need no stop strings, and have no place for a passage.
        instead: `-s challenger.prompts=paper${challenger.focus === "passage" ? " -s challenger.focus=document" : ""}`,
      }),
    );
  const parameter = (name: string, setting: string, found: number, neutral: number) => {
    if (found !== neutral)
      needs.push(
        listed("samplingParameters", name, {
          setting,
          value: String(found),
          instead: `-s ${setting}=${neutral}`,
        }),
      );
  };
  parameter("temperature", "challenger.temperature", challenger.temperature, 1);
  parameter("temperature", "reasoner.temperature", reasoner.temperature, 1);
  for (const [name, check] of modelChecks(admission))
    if (check.attempts > 0) parameter("temperature", `admission.${name}.temperature`, check.temperature, 1);
  parameter("top_p", "challenger.topP", challenger.topP, 1);
  parameter("top_p", "reasoner.topP", reasoner.topP, 1);
  needs.push(...sampleCounts(challenger, reasoner, admission));
  return needs;
}

const MODEL_CHECK_NAMES = ["openBook", "paraphrase", "optionsOnly", "subjectBlind"] as const;

const modelChecks = (admission: AdmissionConfig) =>
  MODEL_CHECK_NAMES.map((name) => [name, admission[name]] as const);

function sampleCounts(
  challenger: Experiment["challenger"],
  reasoner: Experiment["reasoner"],
  admission: AdmissionConfig,
): readonly Need[] {
  const count = (setting: string, wanted: number): Need => ({
    of: "maxSamplesPerPrompt",
    wanted,
    setting,
    value: String(wanted),
    instead: `a smaller ${setting}`,
  });
  return [
    count("challenger.chunk", Math.max(challenger.chunk, challenger.groupSize)),
    count("reasoner.groupSize", reasoner.groupSize),
    ...modelChecks(admission).map(([name, { attempts }]) => count(`admission.${name}.attempts`, attempts)),
  ];
}

function lossNeeds({ train, warmup }: Experiment): readonly Need[] {
  const { loss } = train;
  const at = (of: keyof Lists, name: keyof typeof loss, wanted: string, instead = ""): Need =>
    listed(of, wanted, { setting: `train.loss.${name}`, instead });
  const needs = [
    at("losses", "kind", loss.kind),
    at("surrogates", "surrogate", loss.surrogate, "-s train.loss.surrogate=plain"),
    at("ratios", "ratio", loss.ratio, "-s train.loss.surrogate=plain -s train.loss.ratio=none"),
  ];
  if (loss.ratio !== "none")
    needs.push(at("ratioBaselines", "ratioBaseline", loss.ratioBaseline, "-s train.loss.ratio=none"));
  needs.push(at("corrections", "correction", loss.correction, "-s train.loss.correction=none"));
  if (loss.kl !== "none")
    needs.push(
      at("klEstimators", "kl", loss.kl, "-s train.loss.kl=none"),
      at("klReferences", "kl", "base", "-s train.loss.kl=none"),
    );
  else needs.push(at("klEstimators", "kl", "none"));
  if (warmup.enabled && warmup.steps > 0)
    needs.push(
      listed("losses", "cross_entropy", {
        setting: "warmup.enabled",
        value: "true",
        instead: "-s warmup.enabled=false",
      }),
    );
  return needs;
}
