import type { AdmissionConfig } from "../../core/admission/config.js";
import { AskedTasks } from "../../core/admission/repeats/asked-tasks.js";
import type { ChallengedDocument } from "./challenge.js";
import type { CheckedProposal } from "./proposal-checks.js";

/**
 * Refuses a task when an earlier document of the same step has the same task. "Earlier" means
 * document order, so the result does not depend on which document was finished first. Repeats among
 * the proposals of one document are not refused here. `ProposalChecks` refuses these repeats with
 * `admission.siblings: distinct`.
 */
export function refuseRepeats(
  admission: AdmissionConfig,
  documents: readonly ChallengedDocument[],
): readonly ChallengedDocument[] {
  const asked = new AskedTasks(admission);
  return documents.map((document) => {
    const proposals = document.proposals.map((proposal) => refuseRepeat(asked, proposal));
    // The tasks of a document are noted after all its proposals were compared. So a proposal is not
    // refused because of another proposal of the same document.
    for (const { refusal, task } of proposals) if (refusal === null && task !== null) asked.note(task);
    return { ...document, proposals };
  });
}

function refuseRepeat(asked: AskedTasks, proposal: CheckedProposal): CheckedProposal {
  if (proposal.refusal !== null || proposal.task === null) return proposal;
  const { refusal, findings } = asked.screen(proposal.task);
  const noted = { ...proposal, findings: [...proposal.findings, ...findings] };
  if (refusal === null) return noted;
  return {
    ...noted,
    refusal: refusal.code,
    detail: `Another document of this step brought the same. ${refusal.detail}`,
  };
}
