import { readdir, readFile } from "node:fs/promises";

/** What a process holds at one moment. */
export interface Held {
  readonly rssKiB: number;
  /** Open file descriptors, sockets and pipes included. */
  readonly descriptors: number;
  /** User and system time since its start, seconds. */
  readonly cpuSeconds: number;
}

/**
 * Linux counts processor time in hundredths of a second in /proc, whatever the kernel's own tick.
 */
const TICKS_PER_SECOND = 100;
const FIELDS_BEFORE_UTIME = 11;

/** Look at a process; null when it is gone, or about to be. */
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
