import type { Check, CheckResult, Severity } from "../checks/check.js";
import { type GradedFinding, type Screened, screen, screenAll } from "../checks/series.js";
import { passageText } from "../corpus/passages.js";
import type { Segment } from "../records/document.js";
import type { Candidate } from "../records/task.js";
import type { Span } from "../text/spans.js";

/** What a check of the user may look at. Plain data, without the facts of the document. */
export interface OwnCheckInput {
  /** Question, answer, type of the answer, options and quotes. */
  readonly candidate: Candidate;
  /** The text that the Challenger read. */
  readonly text: string;
  /** Passage of the text that the question must be about; null for the whole text. */
  readonly passage: string | null;
  /** Place of the evidence in `text`, in UTF-16 code units; null when it was not found. */
  readonly evidence: Span | null;
  readonly document: {
    readonly id: string;
    readonly title: string;
    readonly subject: string;
    readonly kind: string;
    readonly language: string;
    readonly license: string;
    readonly sourceUri: string;
  };
}

/** A check of the user, ready to be run. */
export interface LoadedCheck {
  /** Name that the module declares. */
  readonly name: string;
  readonly severity: Severity;
  readonly run: (input: OwnCheckInput) => CheckResult;
}

/**
 * The input of the user's checks. It does not contain the facts of the document. The facts measure
 * how many wrong gold answers the checks accept. If a check used the facts, this number would
 * always be 0.
 */
export function ownInput(
  candidate: Candidate,
  segment: Segment,
  focus: Span | null,
  evidence: Span | null,
): OwnCheckInput {
  const { id, title, subject, kind, language, licence, sourceUri } = segment.document;
  return {
    candidate,
    text: segment.text,
    passage: focus === null ? null : passageText(segment, focus),
    evidence,
    document: { id, title, subject, kind, language, license: licence, sourceUri },
  };
}

/** Runs the checks of the user in order, up to the first refusal. */
export function screenOwn(checks: readonly LoadedCheck[], input: OwnCheckInput): Screened {
  return screen(described(checks), severityAmong(checks), input);
}

/** Runs the checks of the user in order, also after a refusal. */
export function examineOwn(checks: readonly LoadedCheck[], input: OwnCheckInput): readonly GradedFinding[] {
  return screenAll(described(checks), severityAmong(checks), input);
}

/** The checks with the fields that `screen` takes. The setting of a check is its place. */
function described(checks: readonly LoadedCheck[]): readonly Check<OwnCheckInput>[] {
  return checks.map(({ run }, index) => ({ ...NO_DESCRIPTION, setting: String(index), run }));
}

function severityAmong(checks: readonly LoadedCheck[]): (setting: string) => Severity {
  return (setting) => checks[Number(setting)]?.severity ?? "off";
}

/** Fields that the type of a check needs and that `screen` does not read. */
const NO_DESCRIPTION = { codes: {}, stage: "checks", describe: "", cost: "" };
