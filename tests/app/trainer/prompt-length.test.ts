import { describe, expect, test } from "@jest/globals";
import { type PromptLength, requireRoom, settingsWithRoom } from "../../../src/app/trainer/prompt-length.js";
import { experiment } from "../../support/experiment.js";

const { challenger, reasoner } = experiment;
const paper = { ...experiment, challenger: { ...challenger, prompts: "paper" as const, maxTokens: 100 } };
const small = { ...paper, challenger: { ...paper.challenger, prompts: "small" as const } };
const LONG: PromptLength = { role: "challenger", prompt: 500, segment: 300, formats: [] };

describe("a prompt and its response that do not fit into the context", () => {
  test("are refused with the numbers; a prompt that fits is not", () => {
    expect(() => requireRoom(LONG, 600, small)).not.toThrow();
    expect(() => requireRoom(LONG, 599, small)).toThrow(
      expect.objectContaining({
        code: "PROMPT_TOO_LONG",
        exit: 2,
        message: expect.stringContaining("challenger (500 tokens, 300 of them the segment)"),
      }),
    );
  });

  test.each([
    [
      "a little too long",
      LONG,
      580,
      small,
      ["corpus.maxTokens=280", "challenger.maxTokens=80", "context of 600 tokens"],
    ],
    ["longer than a response can give", LONG, 500, small, ["corpus.maxTokens=200", "context of 600 tokens"]],
    [
      "longer than a segment can give",
      { ...LONG, segment: 40 },
      580,
      small,
      ["challenger.maxTokens=80", "context of 600 tokens"],
    ],
    [
      "with the prompts of the paper",
      LONG,
      500,
      paper,
      ["corpus.maxTokens=200", "challenger.prompts=small", "context of 600"],
    ],
    [
      "in one format",
      {
        ...LONG,
        formats: [
          { entry: "mcq", prompt: 500 },
          { entry: "free", prompt: 380 },
        ],
      },
      500,
      small,
      ["corpus.maxTokens=200", "challenger.mix=[free]", "context of 600"],
    ],
    [
      "of the Reasoner",
      { ...LONG, role: "reasoner" as const },
      500 + reasoner.maxTokens - 10,
      paper,
      [
        "corpus.maxTokens=290",
        ...(reasoner.maxTokens >= 26 ? [`reasoner.maxTokens=${reasoner.maxTokens - 10}`] : []),
        "context of",
      ],
    ],
  ])("%s: offers the settings that make room enough, and no others", (_, length, limit, config, settings) => {
    const advice = settingsWithRoom(length, limit, config);
    expect(advice).toHaveLength(settings.length);
    for (const [index, setting] of settings.entries()) expect(advice[index]).toContain(setting);
  });
});
