import { labelOf } from "../../core/admission/codes.js";
import { screenDocument } from "../../core/admission/document/screen-document.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { ReasonCode } from "../../core/records/finding.js";
import { counted } from "../../core/text/counted.js";
import { SpiceError } from "../errors.js";
import type { Corpus } from "../ports/corpus.js";
import { pickSegments } from "./documents.js";

/** Segments that are looked at. */
const LOOKED_AT = 64;
/** A run in which more than this share of the documents is refused trains next to nothing. */
const MOST_REFUSED = 0.9;

/**
 * Looks at some segments of self-play with the checks of the document, before any model is loaded.
 *
 * @returns number of the segments that each code refuses
 * @throws SpiceError `DOCUMENTS_REFUSED` (exit 2) when nearly all of them are refused
 */
export async function requirePlayable(
  experiment: Experiment,
  corpus: Corpus,
): Promise<Readonly<Record<ReasonCode, number>>> {
  const count = Math.min(LOOKED_AT, corpus.size("selfplay"));
  const segments = await pickSegments(corpus, "selfplay", count, [experiment.seed, 0, "playable"]);
  const refused: Record<ReasonCode, number> = {};
  for (const segment of segments) {
    const { refusal } = screenDocument(segment, experiment.admission);
    if (refusal !== null) refused[refusal.code] = (refused[refusal.code] ?? 0) + 1;
  }
  const total = Object.values(refused).reduce((sum, one) => sum + one, 0);
  if (total <= MOST_REFUSED * segments.length) return refused;
  const [[code, most] = ["", 0]] = Object.entries(refused).sort((a, b) => b[1] - a[1]);
  throw new SpiceError(
    `The checks of documents refuse ${total} of ${counted(segments.length, "segment")} before any question; ${most} of them with ${code} (${labelOf(code)}).`,
    {
      code: "DOCUMENTS_REFUSED",
      boundary: "corpus",
      where: "admission.document",
      hint: "docs/admission.md names the setting of each code. Set the check to `count`, or add other documents.",
      exit: 2,
    },
  );
}
