import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/**
 * Ends a process in three stages: it closes the stdin of the process, then sends SIGTERM, then
 * SIGKILL. Each of the first two stages has `graceMs` milliseconds. Resolves when the process has
 * ended.
 */
export async function stopProcess(child: ChildProcess, graceMs: number): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, "exit");
  const endsWithin = async (milliseconds: number): Promise<boolean> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([exited, late]);
    clearTimeout(timer);
    return hasEnded(child);
  };
  // A process that has ended breaks the pipe. This error is expected.
  child.stdin?.on("error", () => undefined).end();
  if (await endsWithin(graceMs)) return;
  child.kill("SIGTERM");
  if (await endsWithin(graceMs)) return;
  child.kill("SIGKILL");
  await exited;
}

function hasEnded(child: ChildProcess): boolean {
  // Without a pid, the process never started.
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
