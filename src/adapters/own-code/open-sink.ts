import type { MetricSink } from "../../app/ports/output.js";
import type { SinkRun } from "../../core/own-code/definitions.js";
import type { OpenModule } from "./open-module.js";

/** A sink of the user that is open for a run. Disposing closes it after its last step. */
export interface OpenSink extends AsyncDisposable {
  /** Gives the sink the metrics of a step. Returns at once; steps wait for each other. */
  readonly step: MetricSink["step"];
}

/**
 * Opens a loaded sink. When the sink fails later, it is reported once and gets no more steps: the
 * run directory has all metrics, so nothing is lost.
 *
 * @param onFailure called once, with the first failure
 * @throws SpiceError `OWN_CODE_THREW`, `OWN_CODE_RESULT`, `OWN_CODE_TIMEOUT`, `OWN_CODE_ENDED`
 * (exit 2) when the sink does not open
 */
export async function openSink(
  { worker }: Pick<OpenModule, "worker">,
  run: SinkRun,
  onFailure: (error: unknown) => void,
): Promise<OpenSink> {
  await worker.callLater({ method: "open", input: run });
  let broken = false;
  let last: Promise<unknown> = Promise.resolve();
  const then = (method: "step" | "close", input?: unknown) => {
    last = last
      .then(() => (broken ? null : worker.callLater({ method, input })))
      .catch((error: unknown) => {
        broken = true;
        onFailure(error);
      });
  };
  return {
    step: (metrics) => then("step", metrics),
    [Symbol.asyncDispose]: async () => {
      then("close");
      await last;
    },
  };
}
