import type { Severity } from "../records/experiment.js";
import type { Finding, Refused } from "../records/finding.js";
import type { CheckResult } from "./check.js";

/** What a series of checks came to: the refusal that ended it, if any, and what was noted before. */
export interface Screened {
  readonly refusal: Refused | null;
  readonly findings: readonly Finding[];
}

/** Checks in their order, each with what is to be done with a finding. */
export type Series = readonly (readonly [severity: Severity, check: () => CheckResult])[];

/** Run checks in order up to the first refusal. A check that is off is not run. */
export function screen(series: Series): Screened {
  const findings: Finding[] = [];
  for (const [severity, check] of series) {
    if (severity === "off") continue;
    const result = check();
    if (result.ok) continue;
    if (severity === "refuse") return { refusal: result, findings };
    findings.push({ code: result.code, detail: result.detail });
  }
  return { refusal: null, findings };
}
