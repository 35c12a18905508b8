import type { CheckResult, ConformanceReport } from "../../../adapters/conformance/conformance.js";
import { counted } from "../../../core/text/counted.js";
import { type Format, type Output, table } from "../../terminal/output.js";
import { playablePresets } from "./playable-presets.js";

const FORMATS: Readonly<Record<CheckResult["verdict"], Format>> = {
  pass: "green",
  fail: "red",
  inconclusive: "yellow",
  skipped: "dim",
};

/**
 * One line for each check of the kit, then what several failures share, the presets, and the
 counts. */
export function showConformance(output: Output, report: ConformanceReport): void {
  const presets = playablePresets(report);
  output.document("spice.conformance/1", { ...report, presets });
  for (const { what, evidence } of report.troubles) output.note(`${what} failed: ${evidence}`);
  output.text(table(report.checks.map(({ verdict, id, evidence }) => [verdict, id, evidence])));
  for (const { cause, checks } of report.causes)
    output.text(
      `${output.out("bold", `one cause explains ${counted(checks.length, "failure")}`)}: ${cause} (${checks.join(", ")})`,
    );
  for (const { preset, missing } of presets)
    output.text(
      missing.length === 0
        ? `preset ${preset}: ${report.fail === 0 ? "this trainer can run it" : `the trainer declares what it needs, but ${counted(report.fail, "check")} failed`}`
        : `preset ${preset}: not without other settings; ${missing.join("; ")}`,
    );
  const counts = (["pass", "fail", "inconclusive", "skipped"] as const).map((verdict) =>
    output.out(FORMATS[verdict], `${report[verdict]} ${verdict}`),
  );
  output.text(`${report.backend} at ${report.address}: ${counts.join(", ")}`);
}
