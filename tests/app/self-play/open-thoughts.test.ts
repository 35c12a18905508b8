import { describe, expect, test } from "@jest/globals";
import { checkAttempts } from "../../../src/app/self-play/attempts.js";
import { OpenThoughts } from "../../../src/app/self-play/open-thoughts.js";
import { stepContext } from "../../../src/app/self-play/step-context.js";
import { AskedTasks } from "../../../src/core/admission/repeats/asked-tasks.js";
import type { Prompt } from "../../../src/core/records/prompt.js";
import { experiment } from "../../support/experiment.js";
import { makeTask } from "../../support/fixtures.js";
import { sha256 } from "../../support/memory.js";
import { type Reply, ScriptedTrainer } from "../../support/scripted-trainer.js";

const { signal } = new AbortController();
const CHAT: Prompt = { kind: "chat", messages: [{ role: "user", content: "What is 2 + 2?" }] };
const TEXT: Prompt = { kind: "text", text: "What is 2 + 2? <think>\n" };

/** A tokenizer with a first token, and with one token for `<think>`. */
const wholeTags = {
  tokenize: async (prompts: readonly Prompt[]) =>
    prompts.map((prompt) => {
      const text = prompt.kind === "text" ? prompt.text : "";
      const ids = text.split(/(<think>)/).flatMap((part) => (part === "<think>" ? [70_000] : codes(part)));
      return Int32Array.of(1, ...ids);
    }),
};

function codes(text: string): number[] {
  return [...text].map((sign) => sign.charCodeAt(0));
}

describe("OpenThoughts", () => {
  test.each<[string, number[], "opened" | "none"]>([
    ["<think> and a line break", [1, 5, 6, 70_000, 10], "opened"],
    ["<think> alone", [1, 5, 6, 70_000], "opened"],
    ["a thought that is closed at once", [1, 70_000, 10, ...codes("</think>\n\n")], "none"],
    ["a role alone", [1, 5, 6, 10], "none"],
    ["nothing but the first token", [1], "none"],
  ])("of a chat whose prompt ends with %s", async (_, ids, expected) => {
    const thoughts = new OpenThoughts(wholeTags, signal);
    expect(await thoughts.atEndOf(CHAT, Int32Array.from(ids))).toBe(expected);
  });

  test("finds a tag of several tokens", async () => {
    const trainer = new ScriptedTrainer(() => "");
    const ids = Int32Array.from(codes("<assistant>\n<thinking>\n"));
    expect(await new OpenThoughts(trainer, signal).atEndOf(CHAT, ids)).toBe("opened");
  });

  test("finds nothing with a tokenizer that has one id for all unknown signs", async () => {
    const tokenize = async (prompts: readonly Prompt[]) => prompts.map(() => Int32Array.of(1, 0));
    expect(await new OpenThoughts({ tokenize }, signal).atEndOf(CHAT, Int32Array.of(1, 9, 0))).toBe("none");
  });

  test("asks the trainer once, and never for a prompt without roles", async () => {
    let calls = 0;
    const tokenize = (prompts: readonly Prompt[]) => {
      calls += 1;
      return wholeTags.tokenize(prompts);
    };
    const thoughts = new OpenThoughts({ tokenize }, signal);
    expect(await thoughts.atEndOf(TEXT, Int32Array.of(1, 70_000, 10))).toBe("none");
    expect(calls).toBe(0);
    await Promise.all([1, 2].map((id) => thoughts.atEndOf(CHAT, Int32Array.of(id))));
    expect(calls).toBe(1);
  });
});

describe("attempts on a model whose template opens a thought", () => {
  const paper = { ...experiment, challenger: { ...experiment.challenger, prompts: "paper" as const } };
  const task = makeTask();

  /** An attempt with this reply, when the template writes `templateEnd` behind the messages. */
  async function attemptOf(reply: Reply, templateEnd: string) {
    const context = stepContext(
      {
        experiment: paper,
        sampler: new ScriptedTrainer(() => reply, undefined, undefined, templateEnd),
        policyVersion: null,
        askedTasks: new AskedTasks(paper.admission),
        evaluations: null,
        hash: sha256,
        signal,
        progress: () => undefined,
      },
      1,
    );
    const request = { task, purpose: "test", attempts: 1, temperature: 1, from: 0, enough: signal };
    const [attempt] = await checkAttempts(context, { prompt: context.family.blind(task), ...request });
    return attempt;
  }

  const guess = `Let me guess: \\boxed{${task.answer}}. But wait, I should check`;

  test.each<[string, Reply, string, object]>([
    [
      "cut off inside the thought: unparsable, whatever boxes stand in it",
      { text: guess, reason: "length" },
      "<think>\n",
      { verdict: "unparsable", answer: null, cutOff: true, thoughtOpened: true },
    ],
    [
      "a box behind the thought: correct",
      `${guess} \\boxed{Nowhere}</think>\\boxed{${task.answer}}`,
      "<think>\n",
      { verdict: "correct", thoughtOpened: true },
    ],
    [
      "cut off without any thought: the box counts",
      { text: guess, reason: "length" },
      "",
      { verdict: "correct", cutOff: true },
    ],
  ])("%s", async (_, reply, templateEnd, expected) => {
    expect(await attemptOf(reply, templateEnd)).toMatchObject(expected);
  });

  test("an ordinary attempt has no field more", async () => {
    const attempt = await attemptOf(`\\boxed{${task.answer}}`, "");
    expect(Object.keys(attempt ?? {})).not.toContain("cutOff");
    expect(Object.keys(attempt ?? {})).not.toContain("thoughtOpened");
  });
});
