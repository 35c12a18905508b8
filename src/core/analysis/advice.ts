import { type RefusalCode, stageOf } from "../admission/codes.js";
import type { Experiment } from "../experiment/experiment.js";
import type { FunnelReason, FunnelReport } from "./funnel.js";

/** What a person can change about the reason that costs the most proposals. */
export interface Advice {
  readonly reason: FunnelReason;
  /** Share of all proposals that end at the reason, from 0 to 1. */
  readonly share: number;
  /** One sentence for people. */
  readonly text: string;
  /** Settings to try together, as `path=value`; empty when no setting helps. */
  readonly settings: readonly string[];
}

type Remedy = (experiment: Experiment) => Pick<Advice, "text" | "settings">;

/** A reason that takes a smaller share of the proposals gets no advice. */
const MIN_SHARE = 0.05;
const MOST = 3;

/**
 * Below this share of readable proposals, the model has not learned the form, and advice about one
 * reason does not help.
 */
const FEW_READABLE = 0.1;

/** Advice for the reasons at which most proposals end, most frequent first. */
export function adviceFor(funnel: FunnelReport, experiment: Experiment): readonly Advice[] {
  const refusedDocuments = Object.entries(funnel.documentsRefused).map(([reason, count]) => ({
    reason,
    share: count / Math.max(1, funnel.documents),
  }));
  const lost = funnel.stages.flatMap(({ lost: losses }) =>
    losses.map(({ reason, count }) => ({ reason, share: count / Math.max(1, funnel.proposals) })),
  );
  const unread = lost.filter(({ reason }) => isUnread(reason)).sort((a, b) => b.share - a.share);
  const unreadShare = unread.reduce((sum, { share }) => sum + share, 0);
  const [worst] = unread;
  const form = worst !== undefined && unreadShare > 1 - FEW_READABLE ? worst.reason : null;
  const others = form === null ? lost : lost.filter(({ reason }) => !isUnread(reason));
  const rest = [...refusedDocuments, ...others]
    .filter(({ share }) => share >= MIN_SHARE)
    .sort((a, b) => b.share - a.share)
    .map(({ reason, share }) => ({ reason, share, ...remedyOf(reason)(experiment) }));
  const first = form === null ? [] : [{ reason: form, share: unreadShare, ...noForm(experiment) }];
  const advice = [...first, ...rest].slice(0, MOST).map((one) => ({
    ...one,
    settings: one.settings.filter((setting) => !isSet(setting, experiment)),
  }));
  return experiment.model.id.startsWith(RUN) ? advice.map(withoutWarmStart) : advice;
}

/** Whether `setting`, as `path=value`, has this value already. */
function isSet(setting: string, experiment: Experiment): boolean {
  const [path = "", value = ""] = setting.split("=", 2);
  const found = path
    .split(".")
    .reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key], experiment);
  return typeof found === "number" ? found === Number(value) : String(found) === value;
}

/** The weights of `model.id: run:<run>` are those of a run. */
const RUN = "run:";

/** A warm start on top of the steps of a run would teach away from what the steps have taught. */
function withoutWarmStart(one: Advice): Advice {
  if (!one.settings.some((setting) => setting.startsWith("warmup."))) return one;
  return {
    ...one,
    settings: [],
    text: `${one.text} The weights are those of a run: for another warm start, begin with the model of that run.`,
  };
}

/**
 * Whether a proposal that ends at `reason` does not have the form. A proposal whose answer is not
 * in its sentence has the form.
 */
const isUnread = (reason: FunnelReason): boolean =>
  !["infrastructure", "answer_outside_sentence"].includes(reason) &&
  ["engine", "form"].includes(stageOf(reason));

const noForm: Remedy = ({ warmup, challenger }) => {
  const what = "The model has not learned the form: nearly no proposal can be read.";
  const random =
    "A model with random weights also needs a larger warmup.learningRate, such as 3e-3, and examples/ungated.yaml if it has no language.";
  if (warmup.enabled)
    return {
      text: `${what} Make the warm start longer.${fewTasks(warmup)} ${random}`,
      settings: [`warmup.steps=${warmup.steps * 4}`],
    };
  const small = challenger.prompts !== "paper" ? [] : SMALL_PROMPTS;
  return {
    text: `${what} Teach it with a warm start, or choose a model that follows instructions (model.id). ${random}`,
    settings: [...small, ...WARM_START],
  };
};

function remedyOf(reason: FunnelReason): Remedy {
  const own = REMEDIES[reason as RefusalCode | AttemptReason];
  if (own !== undefined) return own;
  if (reason.startsWith("document_")) return documentRemedy;
  if (reason.startsWith("own_")) return ownCheck;
  if (reason.startsWith("options_")) return moreWarmup("The model has to learn how wrong options look.");
  return stageOf(reason) === "memory" ? repeats : wording;
}

/** A store has one length of segments. */
const SHORTER_SEGMENTS =
  "Segments of another length need a store of their own: `spice corpus add` the documents with -s corpus.maxTokens=<tokens> -s corpus.store=<folder>, and keep both settings for the run.";

type AttemptReason = "not_graded" | "never_right" | "always_right";

const REMEDIES: Partial<Readonly<Record<RefusalCode | AttemptReason, Remedy>>> = {
  truncated: ({ challenger }) => ({
    text: "Proposals end at the token limit. Allow longer proposals, or teach the form with a warm start.",
    settings: [`challenger.maxTokens=${challenger.maxTokens * 2}`],
  }),
  unparsable: readable("The model does not write the form that it is asked for."),
  missing_field: readable("Parts of the form are missing."),
  not_a_question: readable("The model writes no question, or no whole sentence."),
  bad_type: readable("The model writes an answer of another type than the question asks for."),
  answer_outside_sentence: ({ warmup }) => ({
    text: "The model copies a sentence and writes an answer from elsewhere. A lower temperature copies more exactly; a warm start with more different documents teaches it better (corpus.warmupShare).",
    settings: warmup.enabled ? ["challenger.temperature=0.6"] : [...WARM_START],
  }),
  control_character: readable("Texts contain control characters."),
  too_long: readable("Answers are whole sentences."),
  evidence_missing: grounded("Answers do not stand in the document."),
  not_derivable: grounded("Answers do not follow from the document."),
  off_focus: moreWarmup("Answers stand outside the passage that was asked about."),
  subject_missing: moreWarmup("Questions do not name the subject of their document."),
  open_book_failed: () => ({
    text: `The model does not find the gold answer with the document. Choose a larger model or shorter segments. ${SHORTER_SEGMENTS}`,
    settings: [],
  }),
  guessable: () => ({
    text: "Answers can be guessed without the question. Wrong options must be as likely as the right one.",
    settings: [],
  }),
  infrastructure: () => ({ text: "The engine lost samples. Look at the trainer's log.", settings: [] }),
  never_right: ({ challenger }) =>
    challenger.format === "mix" && challenger.mix.every(({ format }) => format.kind === "mcq")
      ? { text: "The Reasoner never finds the answer. Choose a larger model.", settings: [] }
      : {
          text: "The Reasoner never finds the answer. Ask for multiple choice more often, or choose a larger model.",
          settings: ['challenger.mix=[{"format":{"kind":"mcq"},"share":1}]'],
        },
  always_right: () => ({
    text: "The Reasoner knows every answer. Use documents that the model does not know by heart, or free answers.",
    settings: [],
  }),
};

function readable(what: string): Remedy {
  return (experiment) => {
    const { warmup, challenger } = experiment;
    if (warmup.enabled) return moreWarmup(what)(experiment);
    const small = challenger.prompts !== "paper" ? [] : SMALL_PROMPTS;
    return {
      text: `${what} Teach the form with a warm start, or choose a model that follows instructions (model.id).`,
      settings: [...small, ...WARM_START],
    };
  };
}

function grounded(what: string): Remedy {
  return ({ challenger, warmup }) => ({
    text: `${what} Ask about one passage at a time, so that a small model copies from it.`,
    settings: [
      ...(challenger.prompts !== "paper" && challenger.focus === "document"
        ? ["challenger.focus=passage"]
        : []),
      ...(warmup.enabled ? [`warmup.steps=${warmup.steps * 2}`] : WARM_START),
    ],
  });
}

const SMALL_PROMPTS = ["challenger.prompts=small", "challenger.format=mix"] as const;

const WARM_START = [
  "warmup.enabled=true",
  "warmup.steps=16",
  "warmup.documentsPerStep=3",
  "warmup.learningRate=2e-4",
  "corpus.warmupShare=0.25",
] as const;

function moreWarmup(what: string): Remedy {
  return ({ warmup }) =>
    warmup.enabled
      ? {
          text: `${what} A longer warm start shows more examples.${fewTasks(warmup)}`,
          settings: [`warmup.steps=${warmup.steps * 2}`],
        }
      : { text: `${what} A warm start shows examples.`, settings: [...WARM_START] };
}

/** What else a longer warm start needs, when its tasks bound its steps. */
function fewTasks({ maxRepeats }: Experiment["warmup"]): string {
  return maxRepeats === null
    ? ""
    : " With few tasks, warmup.maxRepeats bounds its steps; a larger corpus.warmupShare gives it more tasks.";
}

const documentRemedy: Remedy = () => ({
  text: "The checks of documents refuse these documents before any question. Leave such files out, or set the check to `count` (docs/admission.md).",
  settings: [],
});

const ownCheck: Remedy = () => ({
  text: "Your own check refuses these proposals. `spice runs funnel` shows examples; change the check or its severity (admission.own).",
  settings: [],
});

const repeats: Remedy = () => ({
  text: `The same questions come again. Add documents, or cut them into smaller segments. ${SHORTER_SEGMENTS}`,
  settings: [],
});

const wording: Remedy = () => ({
  text: "A check refuses the wording. `spice runs funnel` shows examples; docs/admission.md describes the check and its setting.",
  settings: [],
});
