import { type CheckResult, defineCheck, PASSED, refused, shorten } from "../../checks/check.js";
import { fold, squeeze } from "../../text/normalize.js";
import { type ProposalInput, shownTexts } from "../input.js";

type Input = Pick<ProposalInput, "candidate" | "segment" | "text" | "settings" | "evaluations">;

/** What a run trains on must not be what it is evaluated on. */
export const contamination = defineCheck({
  setting: "contamination.check",
  codes: { contaminated: "repeats an evaluation item" },
  stage: "checks",
  describe:
    "No task may repeat an item of `sets`. Neither the task nor its document may contain a contamination marker. Words in a row that the question quotes from its document do not count.",
  demo: "refuse",
  cost: "look-ups of n-grams",
  run: checkContamination,
});

function checkContamination({
  candidate,
  segment,
  text,
  settings,
  evaluations,
}: Input): CheckResult<"contaminated"> {
  const { canaries: markers } = settings.contamination;
  const marker = findMarker(markers, [...shownTexts(candidate), segment.text]);
  if (marker !== null) return refused("contaminated", `It holds the canary "${shorten(marker)}".`);
  const hit = evaluations?.find(candidate, text.search) ?? null;
  return hit === null
    ? PASSED
    : refused("contaminated", `It repeats item ${hit.item} of the evaluation set ${hit.set}: ${hit.how}.`);
}

/**
 * The first marker that stands in one of the texts, whatever its case and white space; null when
 * none does.
 */
function findMarker(markers: readonly string[], texts: readonly string[]): string | null {
  if (markers.length === 0) return null;
  const plain = texts.map((text) => squeeze(fold(text)));
  return (
    markers.find((marker) => {
      const wanted = squeeze(fold(marker));
      return wanted !== "" && plain.some((text) => text.includes(wanted));
    }) ?? null
  );
}
