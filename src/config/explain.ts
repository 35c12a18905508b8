import type { Experiment } from "../core/experiment/experiment.js";
import { withExperimentalNote } from "./experimental.js";
import { isPartOfChoice, isSection, settings } from "./json-schema.js";
import { isTree } from "./layers.js";
import { withPresentNames } from "./old-names.js";
import type { LoadedConfig } from "./resolve.js";

/** A setting of a resolved experiment. */
export interface Explained {
  readonly path: string;
  readonly value: unknown;
  /** `default`, or the name of the layer that has the value: a preset, a file, an option. */
  readonly origin: string;
  readonly description: string;
}

/** All settings with their values and the origins of the values, in the order of the schema. */
export function explain({ experiment, origins }: Pick<LoadedConfig, "experiment" | "origins">): Explained[] {
  return settings()
    .filter((setting) => !isSection(setting) && !isPartOfChoice(setting))
    .map(({ path, schema }) => ({
      path,
      value: valueAt(experiment, path),
      origin:
        origins.get(path) ?? [...origins].find(([known]) => known.startsWith(`${path}.`))?.[1] ?? "default",
      description: withExperimentalNote(path, schema.description),
    }));
}

/** The value at a dotted path; undefined when there is none. */
function valueAt(experiment: Experiment, path: string): unknown {
  return path.split(".").reduce<unknown>((node, key) => (isTree(node) ? node[key] : undefined), experiment);
}

/**
 * The settings in which the stored configurations of a run and its control run differ. Old names of
 * settings count as the present names.
 */
export function differingSettings(
  run: Experiment,
  control: Experiment,
): { path: string; run: unknown; control: unknown }[] {
  const present = (config: Experiment) => withPresentNames({ ...config }) as unknown as Experiment;
  const compared = present(control);
  return explain({ experiment: present(run), origins: new Map() }).flatMap(({ path, value }) => {
    const other = valueAt(compared, path);
    return JSON.stringify(value) === JSON.stringify(other) ? [] : [{ path, run: value, control: other }];
  });
}
