import { duration } from "../../adapters/console/step-line.js";
import type { Estimate } from "../../core/statistics/clustered.js";
import { percent } from "../../web/parts/format.js";
import { adviceText } from "../../web/report/summary.js";
import { type Output, table } from "../terminal/output.js";
import { admittedOf } from "./after-probe.js";
import type { Probed, Tried } from "./probe-model.js";
import { showFunnel } from "./show-funnel.js";

/** What a row of the table shows. */
type Shown = Pick<Tried, "settings" | "warmupSeconds"> & {
  readonly report: Pick<Tried["report"], "read" | "admitted" | "attempts" | "trainedSequences" | "seconds">;
};

const HEAD = ["", "read", "95 %", "admitted", "95 %", "attempts", "trained", "step", "warm start"];

/** Prints a probe for people: the funnel, the table of what was tried, and what to change. */
export function printProbe({ tried, notTried }: Probed, output: Output): void {
  const [first] = tried;
  if (first === undefined) return;
  const { funnel, ownLabels, advice } = first.report;
  output.text(`${showFunnel(funnel, (format, text) => output.out(format, text), ownLabels)}\n`);
  output.text(showProbe(tried));
  const changes = tried.slice(1);
  const better = changes.filter((one) => admittedOf(one) > admittedOf(first));
  if (changes.length > 0 && better.length === 0)
    output.note("No change that was tried admits more proposals.");
  // A change that was tried stands in the table with its result.
  const done = new Set(changes.map(({ settings }) => settings.join(" ")));
  for (const one of advice)
    output.note(adviceText(done.has(one.settings.join(" ")) ? { ...one, settings: [] } : one));
  for (const { settings, why } of notTried)
    output.note(
      settings.length === 0 ? why : `Not tried: ${settings.map((one) => `-s ${one}`).join(" ")}. ${why}`,
    );
}

/**
 * The results of a probe as a table for people, one line for each try. Below it are the settings of
 * each change, one line for each.
 */
export function showProbe(tried: readonly Shown[]): string {
  const label = (index: number) => (index === 0 ? "as configured" : `change ${index}`);
  const rows = tried.map(({ report, warmupSeconds }, index) => [
    label(index),
    share(report.read),
    interval(report.read),
    share(report.admitted),
    interval(report.admitted),
    String(report.attempts),
    String(report.trainedSequences),
    duration(report.seconds),
    warmupSeconds === 0 ? "–" : duration(warmupSeconds),
  ]);
  const changes = tried.slice(1).map(({ settings }, index) => `${label(index + 1)}: ${settings.join(" ")}`);
  return [table(rows, HEAD), ...changes].join("\n");
}

function share(estimate: Estimate | null): string {
  return estimate === null ? "–" : percent(estimate.estimate);
}

/** The interval of a share in whole percent: `49–89 %`. */
function interval(estimate: Estimate | null): string {
  if (estimate === null) return "–";
  const whole = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 100);
  return `${whole(estimate.low)}–${whole(estimate.high)} %`;
}
