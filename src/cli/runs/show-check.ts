import type { CheckedText } from "../../app/runs/check-proposal.js";
import { labelOf } from "../../core/admission/codes.js";
import type { Severity } from "../../core/checks/check.js";
import { counted } from "../../core/text/counted.js";
import type { Format } from "../terminal/output.js";
import { visible } from "../terminal/visible.js";

const WORDS: Readonly<Record<Severity, string>> = { refuse: "refused", count: "noted", off: "off" };

/** The result of `spice check` as text for people: the task as it was read, and every finding. */
export function showCheck(
  { admitted, candidate, segment, evidence, findings }: CheckedText,
  paint: (format: Format, text: string) => string,
): string {
  const task =
    candidate === null
      ? []
      : [
          `${paint("bold", "Question")}  ${visible(candidate.question)}`,
          `${paint("bold", "Gold")}      ${visible(candidate.answer)}  (${candidate.answerType})`,
          ...candidate.options.map(
            (option) => `  ${option === candidate.answer ? "*" : "-"} ${visible(option)}`,
          ),
          `${paint("bold", "Evidence")}  ${evidence === null ? "not found" : visible(evidence)}`,
        ];
  const refusals = findings.filter(({ severity }) => severity === "refuse").length;
  return [
    `${paint("bold", "Document")}  ${visible(segment.document.title)}  ${visible(segment.document.sourceUri)}`,
    ...task,
    ...findings.map(
      ({ severity, code, detail }) => `${WORDS[severity]}  ${code} (${labelOf(code)}): ${visible(detail)}`,
    ),
    admitted
      ? paint("green", "Admitted: no check refuses it.")
      : paint("red", `Refused: ${counted(refusals, "reason")}.`),
  ].join("\n");
}
