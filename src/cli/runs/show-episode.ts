import type { Segment } from "../../core/records/document.js";
import type { Attempt, Episode, ProposalRecord } from "../../core/records/episode.js";
import { counted } from "../../core/text/counted.js";
import type { Format } from "../terminal/output.js";
import { barred, promptText } from "./show-prompt.js";

type Paint = (format: Format, text: string) => string;

const SIGNS = { correct: "✓", wrong: "✗", unparsable: "?", infrastructure: "–" } as const;

/**
 * One round as text for people: document, prompt, every proposal with its outcome, every attempt.
 */
export function showEpisode(episode: Episode, segment: Segment, paint: Paint): string {
  const { document, tokens } = segment;
  const { format, proposals, challengerPrompt, reasoner } = episode;
  const admitted = proposals.filter((one) => one.refusal === null);
  const kind = format.kind === "mcq" ? "multiple choice" : `free answer, ${format.answerType}`;
  const parts = [
    `${paint("bold", `Document: ${document.title}`)}  ${document.kind}, ${counted(tokens, "token")}\n${paint("dim", `${segment.id}\n${document.sourceUri}`)}`,
    `${paint("bold", "Challenger prompt")}  ${kind}\n${barred(promptText(challengerPrompt))}`,
    ...proposals.map((one) => proposal(one, reasoner?.proposalIndex === one.index, paint)),
    `${paint("bold", "Together")}  ${admitted.length} of ${counted(proposals.length, "proposal")} admitted` +
      (reasoner === null
        ? "; no task to train the Reasoner on"
        : `; the Reasoner would train on proposal ${reasoner.proposalIndex}`),
  ];
  return parts.join("\n\n");
}

function proposal(one: ProposalRecord, chosen: boolean, paint: Paint): string {
  const {
    index,
    text,
    refusal,
    detail,
    task,
    openBook,
    modelChecks = [],
    attempts,
    passRate,
    reward,
    advantage,
    gold,
    twoArm,
  } = one;
  const numbers = [
    reward === null ? "" : `reward ${reward.toFixed(3)}`,
    advantage === null ? "" : `advantage ${advantage.toFixed(3)}`,
    passRate === null ? "" : `pass rate ${passRate.toFixed(3)}`,
    twoArm === undefined || twoArm.diagnosis === "untried" ? "" : twoArm.diagnosis,
    gold === null || gold === "unknown" ? "" : `gold ${gold}`,
    chosen ? "trains the Reasoner" : "",
  ].filter((part) => part !== "");
  const state = refusal === null ? paint("green", "admitted") : paint("red", `refused: ${refusal}`);
  const lines = [
    `${paint("bold", `Proposal ${index}`)}  ${state}  ${numbers.join(", ")}`,
    barred(text.trim()),
  ];
  if (detail !== "") lines.push(`  ${paint("dim", detail)}`);
  if (task !== null && task.shuffled.length > 0) lines.push(`  options: ${task.shuffled.join(" | ")}`);
  if (openBook.length > 0) lines.push(`  open book  ${answers(openBook)}`);
  for (const { check, outcome, attempts: tried } of modelChecks)
    lines.push(`  ${check.replaceAll("_", " ")}, ${outcome}  ${answers(tried)}`);
  if (attempts.length > 0) lines.push(`  blind      ${answers(attempts)}`);
  return lines.join("\n");
}

const answers = (attempts: readonly Attempt[]): string =>
  attempts.map((one) => `${SIGNS[one.verdict]} ${one.answer ?? "(none)"}`).join("   ");
