import { createHash, randomUUID } from "node:crypto";
import { mkdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { spiceHome } from "./home.js";
import type { Environment } from "./run-command.js";
import type { TrainerSource } from "./source.js";

/**
 * The packages that a trainer's process sees. `spice_trainer` is the sidecar and the API of own
 * trainers. `spice_trainer` imports the kit for its command `conformance`.
 */
const PACKAGES = ["spice_trainer", "spice_conformance"] as const;

/**
 * A folder that holds `PACKAGES` and nothing else, as links. It goes on the PYTHONPATH of a
 * trainer. The folder of the sources may hold more (`tests`, `bench`), and a module of the user
 * with such a name must win.
 *
 * @returns the folder, below `<home>/python`; one for each installation
 * @throws Error when the folder cannot be written
 */
export async function exposedPackages(
  { root }: Pick<TrainerSource, "root">,
  environment: Environment,
): Promise<string> {
  const digest = createHash("sha256").update(root).digest("hex").slice(0, 12);
  const folder = join(spiceHome(environment), "python", digest);
  if (await isComplete(folder, root)) return folder;
  const scratch = `${folder}.${randomUUID()}`;
  await mkdir(scratch, { recursive: true });
  for (const name of PACKAGES) await symlink(join(root, name), join(scratch, name));
  try {
    await rename(scratch, folder);
  } catch {
    // Another process was faster, or the folder has other links.
    if (await isComplete(folder, root)) await rm(scratch, { recursive: true, force: true });
    else {
      await rm(folder, { recursive: true, force: true });
      await rename(scratch, folder);
    }
  }
  return folder;
}

async function isComplete(folder: string, root: string): Promise<boolean> {
  const links = PACKAGES.map((name) => readlink(join(folder, name)).catch(() => null));
  return (await Promise.all(links)).every((target, index) => target === join(root, PACKAGES[index] ?? ""));
}
