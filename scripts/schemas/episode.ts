import { z } from "zod";
import { ANSWER_TYPES, DATE_PRECISIONS, FREE_ANSWER_TYPES } from "../../src/core/records/answer.js";
import type { Episode } from "../../src/core/records/episode.js";
import { PLANTED_TESTS } from "../../src/core/records/planted.js";

const index = z.int().min(0);
const share = z.number().min(0).max(1);
const span = z.strictObject({ start: index, end: index });
const free = z.enum(FREE_ANSWER_TYPES);

const attempt = z.strictObject({
  index,
  text: z.string(),
  answer: z.string().nullable(),
  verdict: z.enum(["correct", "wrong", "unparsable", "infrastructure"]),
  rescuedBy: z.literal("judge").exactOptional(),
  cutOff: z.literal(true).exactOptional(),
  thoughtOpened: z.literal(true).exactOptional(),
  tokens: index,
  policyVersion: index,
});

const policy = z.strictObject({
  tolerance: z.string().exactOptional(),
  unit: z.string().exactOptional(),
  unitInAnswer: z.enum(["required", "optional"]).exactOptional(),
  percent: z.enum(["required", "ignored", "scaled"]).exactOptional(),
  decimal: z.enum(["point", "comma"]).exactOptional(),
  aliases: z.array(z.string()).exactOptional(),
  precision: z.enum(DATE_PRECISIONS).exactOptional(),
  finerDate: z.enum(["wrong", "accepted"]).exactOptional(),
  elements: free.exclude(["list", "set"]).exactOptional(),
  order: z.enum(["fixed", "any"]).exactOptional(),
});

const task = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  segmentId: z.string(),
  question: z.string(),
  answer: z.string(),
  answerType: z.enum(ANSWER_TYPES),
  policy: policy.exactOptional(),
  options: z.array(z.string()),
  shuffled: z.array(z.string()),
  quotes: z.array(z.string()),
  evidence: span,
});

const finding = z.strictObject({ code: z.string(), detail: z.string() });

const modelCheck = z.strictObject({
  check: z.string(),
  right: index,
  outcome: z.enum(["passed", "failed", "undecided"]),
  attempts: z.array(attempt),
});

const twoArm = z.strictObject({
  open: share,
  blind: share.nullable(),
  gap: z.number().min(-1).max(1).nullable(),
  diagnosis: z.enum(["wrong", "hard", "fitting", "easy", "untried"]),
});

const proposal = z.strictObject({
  index,
  text: z.string(),
  tokens: index,
  policyVersion: index,
  refusal: z.string().nullable(),
  detail: z.string(),
  findings: z.array(finding).exactOptional(),
  task: task.nullable(),
  openBook: z.array(attempt),
  modelChecks: z.array(modelCheck).exactOptional(),
  attempts: z.array(attempt),
  selected: z.boolean(),
  passRate: share.nullable(),
  reward: z.number().nullable(),
  advantage: z.number().nullable(),
  gold: z.enum(["right", "wrong", "unknown"]).nullable(),
  twoArm: twoArm.exactOptional(),
});

const planted = z.strictObject({
  kind: z.enum(PLANTED_TESTS.map(({ kind }) => kind)),
  trick: z.string(),
  judge: z.enum(PLANTED_TESTS.map(({ judge }) => judge)),
  question: z.string(),
  gold: z.string(),
  planted: z.string(),
  caught: z.boolean(),
  outcome: z.string(),
});

const prompt = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("chat"),
    messages: z.array(z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: z.string() })),
  }),
  z.strictObject({ kind: z.literal("text"), text: z.string() }),
]);

/**
 * The parts of an episode whose fields docs/run-format.md lists, by the heading of the list.
 */
export const PARTS = {
  "Fields of a proposal": proposal,
  "Fields of a task": task,
  "Fields of an attempt": attempt,
  "Fields of a planted task": planted,
} as const;

/**
 * One line of episodes.jsonl. Unknown keys are refused here, so that a test finds a field that the
 * schema does not have; the published schema allows them, because later versions may add fields.
 */
export const episodeSchema = z.strictObject({
  step: z.int().min(1),
  slot: index,
  segmentId: z.string(),
  documentId: z.string(),
  format: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("mcq") }),
    z.strictObject({ kind: z.literal("free"), answerType: free }),
  ]),
  focus: span.nullable(),
  promptTemplate: z.string(),
  challengerPrompt: prompt,
  documentRefusal: finding.exactOptional(),
  proposals: z.array(proposal),
  reasoner: z
    .strictObject({
      proposalIndex: index,
      taskId: z.string(),
      rewards: z.array(z.number()),
      advantages: z.array(z.number()),
    })
    .nullable(),
  canaries: z.array(planted).exactOptional(),
}) satisfies z.ZodType<Episode>;
