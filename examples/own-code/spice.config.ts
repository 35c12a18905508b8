import { defineConfig } from "spice-orchestrator";

/** Every kind of own code, with the trainer that needs no model. docs/own-code.md explains each. */
export default defineConfig({
  preset: "demo",
  name: "own-code",
  steps: 2,
  trainer: { kind: "fake" },
  model: { id: "fake", maxContextTokens: 4096 },
  warmup: { enabled: false },
  corpus: {
    kinds: [],
    warmupShare: 0,
    readers: [{ module: "./reader.ts" }],
    sources: [{ module: "./source.ts", options: { file: "documents/letters.mbox" } }],
  },
  challenger: { maxTokens: 200, focus: "document", templates: "./prompts" },
  reasoner: { maxTokens: 60 },
  admission: {
    subject: "off",
    optionKinds: "off",
    own: [{ module: "./check.ts", options: { words: 25 }, severity: "refuse" }],
  },
  reward: { kind: "own", module: "./reward.ts", options: { peak: 0.4 } },
  run: { sinks: [{ module: "./sink.ts" }] },
});
