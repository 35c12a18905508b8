import type { Document } from "../../records/document.js";
import { type CheckResult, PASSED, refused, shorten } from "../check.js";

/** The one entry that allows every licence. */
export const ANY_LICENCE = "any";

/**
 * The document's licence is one of the allowed ones. Case, spaces and dashes do not matter (`Public Domain` is
 * `public-domain`); of an expression `A OR B` one suffices, of `A AND B` both are needed. An unknown licence is allowed by
 * `any` alone.
 *
 * @param allowed SPDX ids, and names as sources write them
 */
export function checkLicense({ licence }: Document, allowed: readonly string[]): CheckResult {
  const names = new Set(allowed.map(licenseKey));
  if (names.has(ANY_LICENCE) || permits(licence, names)) return PASSED;
  const stated = licence === "" ? "no licence" : `the licence "${shorten(licence)}"`;
  return refused("document_licence", `The document states ${stated}, which is not allowed.`);
}

/** The document is not opted out of training (robots, TDM reservation, its owner's wish). */
export function checkOptOut({ optOut }: Document): CheckResult {
  return optOut === true ? refused("document_opted_out", "The document is opted out of training.") : PASSED;
}

function permits(expression: string, names: ReadonlySet<string>): boolean {
  return expression
    .split(/\s+OR\s+/)
    .some((choice) => choice.split(/\s+AND\s+/).every((one) => names.has(licenseKey(one))));
}

function licenseKey(text: string): string {
  return text
    .toLowerCase()
    .replace(/[()]/g, "")
    .trim()
    .replace(/[\s_-]+/g, "-");
}
