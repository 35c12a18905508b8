import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Fault, outcome } from "./fault.js";

const run = promisify(execFile);
const SIZE_MIB = 64;

/**
 * A small file system in memory contains the run. It is filled after three committed steps, and
 * freed for the resume.
 */
export const diskFull: Fault = {
  name: "disk full",
  async run({ place: prepare, undisturbed }) {
    await using place = await prepare();
    const disk = join(place.folder, "disk");
    await mkdir(disk);
    await run("mount", ["-t", "tmpfs", "-o", `size=${SIZE_MIB}m`, "tmpfs", disk]);
    try {
      const root = join(disk, "runs");
      const victim = place.start(place.train(`run.dir=${root}`));
      const filled = await place.committed(3, victim, root);
      const ballast = join(disk, "ballast");
      await writeFile(ballast, Buffer.alloc(SIZE_MIB << 20)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOSPC") throw error;
      });
      const { code, stderr } = await victim.done;
      const directory = await place.run(root);
      await rm(ballast);
      const resumed = await place.spice(["train", "--resume", directory]);
      return outcome(`tmpfs of ${SIZE_MIB} MiB filled after step 3`, {
        "filled in time": filled,
        "exit 3": code === 3,
        "says DISK_FULL": /error (TRAINER_)?DISK_FULL/.test(stderr),
        "resume exit": resumed.code ?? "killed",
        "same run": resumed.code === 0 && (await place.equals(undisturbed, root)),
      });
    } finally {
      await run("umount", ["-l", disk]);
    }
  },
};
