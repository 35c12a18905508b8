import { EXIT, type ExitCode, SpiceError } from "../../app/errors.js";
import type { Output } from "./output.js";

/** How a command ends after a signal. */
export interface Signals extends Disposable {
  /** Aborts at the second signal, or at the first when nothing can be finished. */
  readonly signal: AbortSignal;
  /** True after the first signal: finish the step, then end. */
  stopRequested(): boolean;
  /** 130 or 143 once a signal came, else null. */
  exitCode(): ExitCode | null;
}

/**
 * The first Ctrl-C (or SIGTERM, which schedulers send) finishes the step and saves. The second
 * stops at once; committed steps stay valid. With `graceful: false` there is nothing to finish, and
 * the first signal stops at once.
 */
export function interceptSignals(output: Output, graceful: boolean): Signals {
  const controller = new AbortController();
  let exit: ExitCode | null = null;
  const on = (name: "SIGINT" | "SIGTERM", code: ExitCode) => () => {
    if (exit === null && graceful) {
      output.note(
        "Stopping after this step, with a checkpoint; before step 1, after the warm start. Press Ctrl-C again to stop now: then a warm start that is not finished is lost.",
      );
    } else {
      controller.abort(interrupted(name, code, graceful));
    }
    exit ??= code;
  };
  const onInterrupt = on("SIGINT", EXIT.sigint);
  const onTerminate = on("SIGTERM", EXIT.sigterm);
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  return {
    signal: controller.signal,
    stopRequested: () => exit !== null,
    exitCode: () => exit,
    [Symbol.dispose]: () => {
      process.off("SIGINT", onInterrupt);
      process.off("SIGTERM", onTerminate);
    },
  };
}

function interrupted(name: string, exit: ExitCode, graceful: boolean): SpiceError {
  return new SpiceError(`Stopped by ${name}.`, {
    code: "INTERRUPTED",
    boundary: "cli",
    hint: graceful ? "Steps that were committed are kept; `spice train --resume` goes on." : "Run it again.",
    exit,
  });
}
