import { SpiceError } from "../app/errors.js";
import type { Experiment } from "../core/experiment/experiment.js";
import { findSecret } from "../core/runs/redaction.js";
import { experimentDigest } from "./digest.js";
import { type Layer, type Merged, mergeLayers } from "./layers.js";
import { findConfig, loadLayers } from "./load.js";
import { withPresentNames } from "./old-names.js";
import { parseOverride } from "./override.js";
import { presets } from "./presets.js";
import { type Issue, problemsOf } from "./problem.js";
import { parseExperiment } from "./schema.js";
import { withTemplates } from "./templates.js";

/** A resolved experiment, and the origin of each value. */
export interface LoadedConfig {
  readonly experiment: Experiment;
  /** SHA-256 of the canonical JSON of the experiment, in hexadecimal digits. */
  readonly digest: string;
  /** Path of the configuration file; null when there is none. */
  readonly file: string | null;
  /** Name of the layer for each leaf path. A missing path has the default of the schema. */
  readonly origins: ReadonlyMap<string, string>;
}

/** Options of `resolveConfig`. */
export interface ResolveOptions {
  /** Folder in which the configuration file is searched for. */
  readonly folder: string;
  /** Configuration file of the option -c; null to search for `spice.config.*`. */
  readonly file: string | null;
  /** Values of `--set`, from left to right. */
  readonly overrides: readonly string[];
  /**
   * Settings from environment variables, which `overrides` replace, and from other options, which
   * replace `overrides`.
   */
  readonly environment?: Layer | null;
  readonly flags?: readonly Layer[];
}

/**
 * Resolves a configuration. Later layers replace earlier layers: schema defaults, preset, extended
 * file, file, environment, --set, other options. Without a file, the preset is `demo`, so that the
 * first command of a new user works.
 *
 * @throws SpiceError `CONFIG_NOT_FOUND`, `CONFIG_FILE`, `CONFIG_OVERRIDE`, `CONFIG_INVALID`,
 * `CONFIG_SECRET`, `PROMPT_TEMPLATE`, `PROMPT_FOLDER` (exit 2)
 */
export async function resolveConfig(options: ResolveOptions): Promise<LoadedConfig> {
  const file = options.file ?? findConfig(options.folder);
  const given: Layer[] =
    file === null ? [{ name: "no configuration file", values: { preset: "demo" } }] : await loadLayers(file);
  if (options.environment) given.push(options.environment);
  given.push(...options.overrides.map(parseOverride), ...(options.flags ?? []));
  return { ...finish(await withTemplates(merge(given), options.folder)), file };
}

/**
 * Resolves layers that are already read. The last layer with a `preset` decides the preset.
 *
 * @throws SpiceError `CONFIG_INVALID`, `CONFIG_SECRET` (exit 2)
 */
export function resolveLayers(given: readonly Layer[]): Omit<LoadedConfig, "file"> {
  return finish(merge(given));
}

function merge(given: readonly Layer[]): Merged {
  const base = mergeLayers(given).values["preset"] ?? "spice";
  const preset =
    base === "demo" || base === "spice" ? [{ name: `preset ${base}`, values: presets[base] }] : [];
  const named = given.map(({ name, values }) => ({ name, values: withPresentNames(values) }));
  return mergeLayers([...preset, ...named]);
}

function finish(merged: Merged): Omit<LoadedConfig, "file"> {
  const parsed = parseExperiment(merged.values);
  if (!parsed.success) throw refused(parsed.error.issues, merged);
  const secret = findSecret(parsed.data);
  if (secret !== null) throw holdsSecret(secret);
  return { experiment: parsed.data, digest: experimentDigest(parsed.data), origins: merged.origins };
}

/**
 * The error for a secret in a configuration, which is copied into run directories and reports. The
 * error does not show the secret.
 */
function holdsSecret(path: string): SpiceError {
  return new SpiceError(
    `The setting ${path} contains a secret, and a configuration is written into every run.`,
    {
      code: "CONFIG_SECRET",
      boundary: "config",
      where: path,
      hint: "Put it into an environment variable of the process that needs it (SPICE_TRAINER_TOKEN, HF_TOKEN, HTTPS_PROXY).",
      exit: 2,
    },
  );
}

/** The error for wrong settings, with one line for each problem. */
function refused(issues: readonly Issue[], merged: Merged): SpiceError {
  const problems = issues.flatMap((issue) => problemsOf(issue, merged.values));
  const [first] = problems;
  const lines = problems.map((one) => `${one.place}: ${one.text}`);
  const summary =
    lines.length === 1
      ? `A setting is wrong: ${lines[0]}.`
      : `${lines.length} settings are wrong:\n${lines.map((line) => `  ${line}`).join("\n")}`;
  const path = first?.path ?? "";
  const layer = layerOf(path, merged.origins);
  return new SpiceError(summary, {
    code: "CONFIG_INVALID",
    boundary: "config",
    where: layer === undefined ? path : `${layer} → ${path}`,
    hint: first?.hint ?? "`spice config --reference` lists every setting.",
    exit: 2,
  });
}

/**
 * The layer that has a setting. A setting that is missing in a section has the layer of a neighbor:
 * `model.lora.alpha` has that of `model.lora.rank`.
 */
function layerOf(path: string, origins: Merged["origins"]): string | undefined {
  const named = origins.get(path) ?? [...origins].find(([leaf]) => leaf.startsWith(`${path}.`))?.[1];
  const section = path.slice(0, Math.max(0, path.lastIndexOf(".")));
  return named ?? (section.includes(".") ? layerOf(section, origins) : undefined);
}
