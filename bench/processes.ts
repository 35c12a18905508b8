import { readdir, readFile } from "node:fs/promises";

/** A running process. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Command line, words separated by blanks. */
  readonly command: string;
}

/** Returns every process except zombies, from /proc: Linux only. */
export async function processes(): Promise<Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const read = async (pid: string): Promise<Process[]> => {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8");
      const command = (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ");
      const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return state === "Z" ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
    } catch {
      return [];
    }
  };
  return (await Promise.all(pids.map(read))).flat();
}

/** Returns the trainers that a process started. */
export async function trainersOf(parent: number): Promise<number[]> {
  return (await processes()).filter((one) => one.parent === parent && isTrainer(one)).map((one) => one.pid);
}

export const isTrainer = ({ command }: Process): boolean => command.includes("spice_trainer");
