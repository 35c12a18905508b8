import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/**
 * Ask a process to leave, ever more firmly: the end of its stdin, SIGTERM, SIGKILL, each given `graceMs` to work. Resolves when it
 * is gone.
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
  // A process that is gone already breaks the pipe; that is what is wanted.
  child.stdin?.on("error", () => undefined).end();
  if (await endsWithin(graceMs)) return;
  child.kill("SIGTERM");
  if (await endsWithin(graceMs)) return;
  child.kill("SIGKILL");
  await exited;
}

function hasEnded(child: ChildProcess): boolean {
  // No pid: it never started.
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
