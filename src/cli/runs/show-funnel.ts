import type { FunnelReport, FunnelStep, FunnelWarning } from "../../core/analysis/funnel.js";
import { counted } from "../../core/text/counted.js";
import { percent } from "../../web/parts/format.js";
import { type OwnLabels, reasonText, refusalText, STAGE_TEXT } from "../../web/parts/labels.js";
import type { Format } from "../terminal/output.js";

type Paint = (format: Format, text: string) => string;

/** Longest example text that is shown, in characters. */
const TEXT_LENGTH = 160;

/**
 * Where proposals are refused, as text for people: stage by stage, each reason with its examples.
 *
 * @param own labels of the codes of the user's checks
 */
export function showFunnel(report: FunnelReport, paint: Paint, own: OwnLabels = {}): string {
  const { documents, documentsRefused, proposals, admitted, learnable, stages } = report;
  const width = Math.max(...stages.map(({ stage }) => STAGE_TEXT[stage].length));
  const blocks = stages
    .filter(({ entered }) => entered > 0)
    .map((one) =>
      [stageLine(one, width, paint), ...one.lost.flatMap((loss) => lossLines(loss, paint, own))].join("\n"),
    );
  const refused = Object.entries(documentsRefused).map(
    ([code, count]) =>
      `  ${paint("red", `−${count}`)}  ${percent(count / documents)} of ${counted(documents, "document")}, before anything was written  ${code}: ${refusalText(code, own)}`,
  );
  return [
    ...(refused.length === 0 ? [] : [refused.join("\n")]),
    paint(
      "bold",
      `${counted(proposals, "proposal")}, ${admitted} admitted, ${learnable} neither too easy nor too hard`,
    ),
    ...blocks,
  ].join("\n\n");
}

function stageLine({ stage, entered, passed }: FunnelStep, width: number, paint: Paint): string {
  const share = percent(passed / entered).padStart(5);
  return `${paint("bold", STAGE_TEXT[stage].padEnd(width))}  ${String(passed).padStart(6)} of ${String(entered).padStart(6)}  ${share}`;
}

function lossLines(
  { reason, count, share, examples }: FunnelStep["lost"][number],
  paint: Paint,
  own: OwnLabels,
): string[] {
  return [
    `  ${paint("red", `−${count}`)}  ${percent(share)}  ${reason}: ${reasonText(reason, own)}`,
    ...examples.flatMap(({ step, slot, index, text, detail }) => [
      `      ${paint("dim", `step ${step}, document ${slot}, proposal ${index}:`)} ${clip(text)}`,
      ...(detail === "" ? [] : [`        ${paint("dim", clip(detail))}`]),
    ]),
  ];
}

/** What is wrong, and what can be done. */
export function warningText(warning: FunnelWarning, own: OwnLabels = {}): string {
  switch (warning.kind) {
    case "nothing_written":
      return "No proposal was written. Is a step committed, and are its documents let through?";
    case "nothing_passes":
      return `Nothing passes the stage "${STAGE_TEXT[warning.stage]}": ${counted(warning.entered, "proposal")} reached it. Look at its examples; lower that check or change the prompt or the model.`;
    case "one_reason":
      return `One reason takes ${percent(warning.share)} of all proposals: ${warning.reason} (${reasonText(warning.reason, own)}).`;
  }
}

function clip(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > TEXT_LENGTH ? `${line.slice(0, TEXT_LENGTH - 1)}…` : line;
}
