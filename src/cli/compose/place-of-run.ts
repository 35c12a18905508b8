import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import type { RunReader } from "../../adapters/runs/read-run.js";
import type { Experiment } from "../../core/experiment/experiment.js";

/**
 * The configuration of a run with paths that do not depend on the present working directory:
 * `model.id`, when it is a folder, `corpus.store` and `run.dir`.
 */
export function configInPlace(run: Pick<RunReader, "directory" | "config" | "info">): Experiment {
  const { config } = run;
  const places = placesOf(run);
  const found = (path: string): string => {
    const known = places.map((place) => resolve(place, path)).find((one) => existsSync(one));
    return known ?? path;
  };
  const { id } = config.model;
  return {
    ...config,
    model: { ...config.model, id: isAbsolute(id) || id.startsWith("run:") ? id : found(id) },
    corpus: { ...config.corpus, store: found(config.corpus.store) },
    run: { ...config.run, dir: found(config.run.dir) },
  };
}

/**
 * Folders that the relative paths of a run may be relative to, the most probable first: the folder
 * that the run is in by its `run.dir`, the working directory of its start, and the present working
 * directory. The first is right also for a run that was moved together with its folder.
 */
function placesOf({ directory, config, info }: Pick<RunReader, "directory" | "config" | "info">): string[] {
  const parent = dirname(resolve(directory));
  const { dir } = config.run;
  const tail = `${sep}${join(dir, ".").replace(/[\\/]$/, "")}`;
  const { folder } = info.provenance;
  return [
    ...(!isAbsolute(dir) && !dir.startsWith("..") && parent.endsWith(tail)
      ? [parent.slice(0, -tail.length)]
      : []),
    ...(typeof folder === "string" ? [folder] : []),
    process.cwd(),
  ];
}
