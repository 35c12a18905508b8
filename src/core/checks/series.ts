import type { Finding, Refused } from "../records/finding.js";
import type { Check, Severity } from "./check.js";

/**
 * The result of a series of checks: the refusal that ended it, if any, and what was noted before.
 */
export interface Screened {
  readonly refusal: Refused | null;
  readonly findings: readonly Finding[];
}

/**
 * Run checks in order up to the first refusal. A check that is off is not run.
 *
 * @param severityOf the severity of a check with a setting; a check without one refuses
 */
export function screen<Input>(
  checks: readonly Check<Input>[],
  severityOf: (setting: string) => Severity,
  input: Input,
): Screened {
  const findings: Finding[] = [];
  for (const { setting, run } of checks) {
    const severity = setting === null ? "refuse" : severityOf(setting);
    if (severity === "off") continue;
    const result = run(input);
    if (result.ok) continue;
    if (severity === "refuse") return { refusal: result, findings };
    findings.push({ code: result.code, detail: result.detail });
  }
  return { refusal: null, findings };
}

/** A finding, and the severity of the check that found it. */
export interface GradedFinding extends Finding {
  readonly severity: Severity;
}

/**
 * Run all checks in order, also after a refusal.
 *
 * @param off `skip`: a check that is off is not run. `run`: it is run too, and its findings have
 * the severity `off`
 */
export function screenAll<Input>(
  checks: readonly Check<Input>[],
  severityOf: (setting: string) => Severity,
  input: Input,
  off: "skip" | "run" = "skip",
): readonly GradedFinding[] {
  const findings: GradedFinding[] = [];
  for (const { setting, run } of checks) {
    const severity = setting === null ? "refuse" : severityOf(setting);
    if (severity === "off" && off === "skip") continue;
    const result = run(input);
    if (!result.ok) findings.push({ code: result.code, detail: result.detail, severity });
  }
  return findings;
}
