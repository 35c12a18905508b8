import { defineCheck, PASSED, refused } from "../../checks/check.js";
import { counted } from "../../text/counted.js";
import type { RepeatInput } from "../input.js";

export const duplicates = defineCheck({
  setting: "duplicates",
  codes: { duplicate: "asked before" },
  stage: "memory",
  describe: "No task may repeat a task of an earlier step, or of an earlier document of the same step.",
  paper: "not checked",
  demo: "refuse",
  cost: "one look-up",
  run: ({ task, asked }: RepeatInput) =>
    asked.hasTask(task) ? refused("duplicate", "This was asked before.") : PASSED,
});

/**
 * Two documents may say different things, or one of two golds is wrong. A learner that is paid for
 * both answers learns neither.
 */
export const conflicts = defineCheck({
  setting: "conflicts",
  codes: { conflicting_gold: "asked before with another gold answer" },
  stage: "memory",
  describe:
    "No task may ask a question that was admitted in the run with another gold answer. Letter case and punctuation are ignored.",
  paper: "not checked",
  demo: "refuse",
  cost: "one look-up",
  run: ({ task, asked }: RepeatInput) =>
    asked.hasOtherGold(task)
      ? refused("conflicting_gold", "The same question was admitted with another gold answer.")
      : PASSED,
});

/** Without this check, a Challenger can ask for one safe fact of a document again and again. */
export const sameFact = defineCheck({
  setting: "sameFact",
  codes: { same_fact: "answer of this text asked for before" },
  stage: "memory",
  describe:
    "A task is refused when an earlier step admitted a task with the same answer about the same document. For a question that quotes a sentence with a gap, only the segment counts.",
  paper: "not checked",
  demo: "refuse",
  cost: "one look-up",
  run: ({ task, asked }: RepeatInput) =>
    asked.hasFact(task) ? refused("same_fact", "This text was asked for this answer before.") : PASSED,
});

export const nearDuplicates = defineCheck({
  setting: "nearDuplicates.check",
  codes: { near_duplicate: "asked before in other words" },
  stage: "memory",
  describe:
    "No task may ask in other words what a task of an earlier step asked, or what a task of an earlier document of the same step asked.",
  demo: "refuse",
  cost: "MinHash and one look-up",
  run: ({ task, asked }: RepeatInput) =>
    asked.hasReworded(task) ? refused("near_duplicate", "This was asked before in other words.") : PASSED,
});

export const caps = defineCheck({
  setting: "caps.check",
  codes: { over_cap: "document or answer used too often" },
  stage: "memory",
  describe:
    "A document may have admitted tasks in at most `caps.stepsPerDocument` steps. An answer may be used at most `caps.stepsPerAnswer` times. All tasks of one document in one step with the same answer count as one use.",
  cost: "2 look-ups",
  run: ({ task, asked, settings }: RepeatInput) => {
    const { stepsPerDocument, stepsPerAnswer } = settings.caps;
    const visits = asked.stepsOfDocument(task);
    if (stepsPerDocument > 0 && visits >= stepsPerDocument)
      return refused("over_cap", `The document has brought tasks in ${counted(visits, "step")}.`);
    const uses = asked.stepsOfAnswer(task);
    return stepsPerAnswer > 0 && uses >= stepsPerAnswer
      ? refused("over_cap", `The answer was asked for in ${counted(uses, "step")}.`)
      : PASSED;
  },
});

/** The checks that need the asked tasks, in the order of checking. */
export const REPEAT_CHECKS = [duplicates, conflicts, sameFact, nearDuplicates, caps] as const;
