import { readdir, readFile } from "node:fs/promises";

/** Resources of a process at one moment. */
export interface Held {
  readonly rssKiB: number;
  /** Number of open file descriptors, sockets and pipes included. */
  readonly descriptors: number;
  /** User and system time since its start, seconds. */
  readonly cpuSeconds: number;
}

/** Linux counts processor time in hundredths of a second in /proc, for every tick of the kernel. */
const TICKS_PER_SECOND = 100;
const FIELDS_BEFORE_UTIME = 11;

/** Reads the resources of a process. Returns null when it has ended or is ending. */
export async function probe(pid: number): Promise<Held | null> {
  try {
    const [status, stat, descriptors] = await Promise.all([
      readFile(`/proc/${pid}/status`, "utf8"),
      readFile(`/proc/${pid}/stat`, "utf8"),
      readdir(`/proc/${pid}/fd`),
    ]);
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (resident === undefined) return null;
    const rssKiB = Number(resident);
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(FIELDS_BEFORE_UTIME);
    const cpuSeconds = (Number(fields[0]) + Number(fields[1])) / TICKS_PER_SECOND;
    return { rssKiB, descriptors: descriptors.length, cpuSeconds };
  } catch {
    return null;
  }
}
