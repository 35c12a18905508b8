/** The configuration that `spice init` writes. */

import { counted } from "../core/text/counted.js";

/** Formats of configuration files that can be written. */
export type StarterFormat = "ts" | "yaml";

/** What was found in the documents that the configuration is for. */
export interface SeenDocuments {
  readonly documents: number;
  /** Documents with structured facts. */
  readonly withFacts: number;
  /** Groups of documents that stay together in one part of the corpus. */
  readonly splitKeys: number;
  /** Parts of the source that gave no document. */
  readonly leftOut: number;
  /** Language tag of most documents; `unknown` when nothing states or shows it. */
  readonly language: string;
  /** Documents by their kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Documents that are cards: each line has the form `Label: value`. */
  readonly cards: number;
  /** Structured facts of all documents. */
  readonly facts: number;
  /** Tokens of a long document: nine of ten documents are shorter. */
  readonly longTokens: number;
}

/** Settings that belong together, with the reason for them. */
interface Group {
  readonly why: readonly string[];
  /** Settings as `key: value`, valid in TypeScript and in YAML. */
  readonly lines: readonly string[];
}

const basics = (name: string): Group => ({
  why: ['Runs on two cores; a step takes minutes there. "spice" follows the paper and needs a GPU.'],
  lines: ['preset: "demo"', `name: ${JSON.stringify(name)}`, "seed: 1"],
});

/** The name of runs when the name of the folder has no letter and no digit. */
const OTHER_NAME = "my-first-run";
/** Longest name of an experiment, in characters. */
const LONGEST_NAME = 64;

/**
 * The name of the runs of a folder: the name of the folder, with dashes for the signs that a name
 * cannot have.
 *
 * @param folder name of the folder, without its path
 */
export function runName(folder: string): string {
  const name = folder
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, LONGEST_NAME)
    .replace(/-+$/, "");
  // `latest` means the newest run, whatever its name.
  return name === "" || name === "latest" ? OTHER_NAME : name;
}

const PROSE_LINES = [
  'challenger: { prompts: "small-prose", maxTokens: 80, temperature: 0.8, mix: [{ format: { kind: "mcq" }, share: 1 }] }',
  "admission: { openBook: { attempts: 4, required: 1 } }",
  "warmup: { enabled: true, steps: 12, maxRepeats: 3 }",
] as const;

const WITHOUT_MODEL: readonly Group[] = [
  {
    why: ["Plays documents of every kind."],
    lines: ["corpus: { kinds: [], warmupShare: 0 }", "warmup: { enabled: false }"],
  },
  {
    why: [
      "This trainer needs no language model and no GPU. A rule makes texts from the prompt, and the trainer",
      "chooses one of them. Training changes which text it chooses.",
      "A token is one byte, so the limits are higher than for a model.",
    ],
    lines: [
      'trainer: { kind: "fake" }',
      'model: { id: "fake", maxContextTokens: 4096 }',
      'challenger: { maxTokens: 200, focus: "document" }',
      "reasoner: { maxTokens: 60 }",
      "steps: 3",
    ],
  },
  {
    why: ["Its questions do not name a subject, and its wrong options are not of the answer's kind."],
    lines: ['admission: { subject: "off", optionKinds: "off" }'],
  },
];

const OWN_MODEL: Group = {
  why: [
    "Put the folder of your model here, relative to this file, or a name that your trainer knows.",
    "Without it, the model of the preset is trained. `spice corpus add` splits documents by its tokens.",
  ],
  lines: ['model: { id: "./my-model" }'],
};

const POINTER = "Every setting: spice config --explain -v";

/** Split keys below this number cannot give a part of the corpus to the warm start. */
const FEWEST_KEYS = 4;
const FEW_KEYS = 12;

/**
 * The text of a configuration for self-play on a user's documents.
 *
 * @param trainer name of the trainer; `torch` is the default and is not written
 * @param own true when the trainer is the user's: its model is not known
 * @param seen what the documents are; null writes a configuration for prose
 * @param name name of the runs
 */
export function starterConfig(
  { trainer, own }: { readonly trainer: string; readonly own: boolean },
  format: StarterFormat,
  seen: SeenDocuments | null,
  name: string,
): string {
  const groups = [basics(name), ...(trainer === "fake" ? WITHOUT_MODEL : withModel(trainer, own, seen))];
  return format === "ts" ? typescript(groups) : yaml(groups);
}

function withModel(trainer: string, own: boolean, seen: SeenDocuments | null): readonly Group[] {
  const share = warmupShare(seen);
  return [
    ...(seen === null ? [] : [{ why: [found(seen)], lines: [] }]),
    ...(seen !== null && hasFacts(seen) ? [facts(share, seen)] : prose(share, seen)),
    ...languageGroup(seen),
    ...(trainer === "torch"
      ? []
      : [
          {
            why: ["A name of `spice trainer list`."],
            lines: [`trainer: { kind: ${JSON.stringify(trainer)} }`],
          },
        ]),
    ...(own ? [OWN_MODEL] : []),
  ];
}

/** What a configuration for these documents does, as one sentence for people. */
export function whatFits(trainer: string, seen: SeenDocuments): string {
  if (trainer === "fake") return "documents of every kind, no warm start: the trainer has no model";
  const share = warmupShare(seen);
  const start = `a warm start from ${share * 100} % of the documents`;
  if (hasFacts(seen)) return share === 0 ? `facts, ${TOO_FEW}` : `facts, ${start}`;
  return share === 0 ? `prose in short segments, ${TOO_FEW}` : `prose in short segments, ${start}`;
}

const TOO_FEW = "no warm start: there are too few files to set some aside";

/** Facts of a card that is worth playing. A card of the factbook has four facts at least. */
const FULL_CARD = 4;

/**
 * True when most documents have structured facts. For a table with cards and prose: when its cards
 * have enough facts.
 */
function hasFacts(seen: SeenDocuments): boolean {
  if (hasCardsAndProse(seen)) return seen.facts >= FULL_CARD * seen.cards;
  return seen.withFacts > seen.documents / 2;
}

/** True for the cards and the prose of a table with short and long columns. */
function hasCardsAndProse({ kinds, cards }: SeenDocuments): boolean {
  return Object.keys(kinds).sort().join() === "facts,prose" && cards === kinds["facts"];
}

function found({ documents, withFacts, leftOut }: SeenDocuments): string {
  const parts = [counted(documents, "document"), `${withFacts} of them with structured facts`];
  return `Written for ${parts.join(", ")}${leftOut === 0 ? "" : ` (${counted(leftOut, "item")} left out)`}.`;
}

function warmupShare(seen: SeenDocuments | null): number {
  if (seen === null || seen.splitKeys >= FEW_KEYS) return 0.25;
  return seen.splitKeys < FEWEST_KEYS ? 0 : 0.5;
}

function facts(share: number, seen: SeenDocuments): Group {
  const kinds = playedKinds(seen);
  const isLong = kinds === null && seen.longTokens > LONG_CARD;
  return {
    why: [
      "The warm start asks about the facts of a part of the documents.",
      ...(kinds?.why ?? []),
      ...(isLong ? ["Many documents are long. A small model needs short segments."] : []),
    ],
    lines: [
      `corpus: { kinds: ${kinds?.list ?? "[]"}, warmupShare: ${share}${isLong ? `, ${SHORT_SEGMENTS}` : ""} }`,
      ...(share === 0 ? ["warmup: { enabled: false }"] : []),
    ],
  };
}

/** Tokens above which a document with facts is cut: a card of the factbook has about 70. */
const LONG_CARD = 120;
const SHORT_SEGMENTS = "maxTokens: 80";

/**
 * The kind that is played when the documents are cards of facts and prose, as those of a table with
 * long and short columns; null when all documents are played. The prompts fit one kind only.
 */
function playedKinds(
  seen: SeenDocuments | null,
): { readonly list: string; readonly why: readonly string[] } | null {
  if (seen === null || !hasCardsAndProse(seen)) return null;
  const [played, other] = hasFacts(seen) ? ["facts", "prose"] : ["prose", "facts"];
  const why = `The ${seen.kinds[other as string]} documents of the kind "${other}" are not played: these prompts do not fit them.`;
  return { list: JSON.stringify([played]), why: [why] };
}

function prose(share: number, seen: SeenDocuments | null): readonly Group[] {
  const kinds = playedKinds(seen);
  const segments: Group = {
    why: [
      "Short segments: a small model writes about what is close to the end of its prompt.",
      "A part of the documents is for the warm start and is never part of self-play.",
      ...(kinds?.why ?? []),
    ],
    lines: [`corpus: { kinds: ${kinds?.list ?? "[]"}, warmupShare: ${share}, ${SHORT_SEGMENTS} }`],
  };
  if (share === 0)
    return [
      segments,
      {
        why: [
          "There are too few files to set some aside for a warm start. SmolLM2-135M then writes hardly any",
          'readable question: add documents, give pairs (warmup.pairs), or choose a larger model (model: { id: "..." }).',
        ],
        lines: ["warmup: { enabled: false }"],
      },
    ];
  return [
    segments,
    {
      why: [
        "SmolLM2-135M learns the form of a question from tasks that are made of sentences, without a model.",
        "All questions are multiple choice: so small a model mixes two formats up.",
        "A model that follows instructions needs no warm start, no lower temperature and no such limit.",
      ],
      lines: PROSE_LINES,
    },
  ];
}

function languageGroup(seen: SeenDocuments | null): readonly Group[] {
  if (seen === null || /^(?:en|unknown|und)\b/.test(seen.language)) return [];
  const why = `Most documents are in "${seen.language}". SmolLM2-135M reads English: choose another model (model: { id: "..." }).`;
  return [{ why: [why], lines: [] }];
}

function typescript(groups: readonly Group[]): string {
  const body = groups.flatMap(({ why, lines }) => [
    ...why.map((reason) => `  // ${reason}`),
    ...lines.map((line) => `  ${line},`),
  ]);
  return `import { defineConfig } from "spice-orchestrator";

export default defineConfig({
${body.join("\n")}
  // ${POINTER}
});
`;
}

function yaml(groups: readonly Group[]): string {
  const body = groups.flatMap(({ why, lines }) => [...why.map((reason) => `# ${reason}`), ...lines]);
  return `# yaml-language-server: $schema=./spice.schema.json
${body.join("\n")}
# ${POINTER}
`;
}
