import { type CheckResult, defineCheck, PASSED, refused, shorten } from "../../checks/check.js";
import type { Document } from "../../records/document.js";
import type { DocumentInput } from "../input.js";

/** The entry of the list that allows every license. */
export const ANY_LICENSE = "any";

export const license = defineCheck({
  setting: "document.license",
  codes: { document_licence: "license of the document not allowed" },
  stage: "checks",
  describe: "The document's license is in `licenses`.",
  demo: "refuse",
  cost: "once for a segment",
  run: ({ segment, settings }: DocumentInput) => checkLicense(segment.document, settings.licenses),
});

/**
 * The wish of the document's owner: robots rules, a reservation of text and data mining, a request.
 */
export const optOut = defineCheck({
  setting: "document.license",
  codes: { document_opted_out: "document opted out of training" },
  stage: "checks",
  describe: "The document is not opted out of training.",
  demo: "refuse",
  cost: "once for a segment",
  run: ({ segment }: DocumentInput) =>
    segment.document.optOut === true
      ? refused("document_opted_out", "The document is opted out of training.")
      : PASSED,
});

/**
 * The document's license must be on the list. Case, spaces and dashes do not matter (`Public
 * Domain` is `public-domain`). Of an expression `A OR B` one license must be on the list, of `A AND
 * B` both. An unknown license is allowed by the entry `any` only.
 *
 * @param allowed SPDX ids, and names as sources write them
 */
function checkLicense({ licence }: Document, allowed: readonly string[]): CheckResult<"document_licence"> {
  const names = new Set(allowed.map(licenseKey));
  if (names.has(ANY_LICENSE) || permits(licence, names)) return PASSED;
  const stated = licence === "" ? "no license" : `the license "${shorten(licence)}"`;
  return refused("document_licence", `The document states ${stated}, which is not allowed.`);
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
