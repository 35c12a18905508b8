import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { openCheck, openReward } from "../../../src/adapters/own-code/open-game.js";
import type { OpenModule, OwnCodeContext } from "../../../src/adapters/own-code/open-module.js";
import { packageEntries } from "../../../src/config/package-entries.js";
import { ownInput } from "../../../src/core/admission/own-checks.js";
import { makeCandidate, makeSegment, makeTask } from "../../support/fixtures.js";

let folder: string;
const printed: string[] = [];
const opened: OpenModule[] = [];
const lasting: OpenModule[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spice-own-code-"));
});
afterEach(async () => {
  for (const { worker } of opened.splice(0)) await worker[Symbol.asyncDispose]();
  printed.splice(0);
});
afterAll(async () => {
  for (const { worker } of lasting) await worker[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const context: OwnCodeContext = {
  aliases: packageEntries(),
  callTimeoutMs: 500,
  waitTimeoutMs: 50_000,
  print: (module, line) => printed.push(`${module.split("/").at(-1)}: ${line}`),
};

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

let number = 0;
/** Opens a reward with this body. `blind`, `open`, `task` and `options` are its names. */
async function reward(body: string, options: Record<string, unknown> = {}, more = "") {
  number += 1;
  const module = await file(
    `reward-${number}.ts`,
    `import { defineReward, z } from "spice-orchestrator/own-code";
export default defineReward({ name: "mine", version: "3", ${more}
  reward: ({ blind, open, task }: any, options: any): any => { ${body} } });
`,
  );
  const one = await openReward({ module, options }, context);
  opened.push(one);
  return one;
}

async function check(body: string, more = "") {
  number += 1;
  const module = await file(
    `check-${number}.ts`,
    `import { defineCheck } from "spice-orchestrator/own-code";
export default defineCheck({ name: "my-check", version: "1", ${more}
  check: ({ candidate, text, document }: any): any => { ${body} } });
`,
  );
  const one = await openCheck({ module, options: {}, severity: "refuse" }, 0, context);
  opened.push(one);
  return one;
}

const task = makeTask(makeCandidate({ question: "What is the capital of Chad?" }));
const outcome = { blind: { correct: 3, graded: 8 }, open: { correct: 0, graded: 0 }, task };
const config = { sigma: 0.1 };
const input = ownInput(task, makeSegment("The capital is N'Djamena."), null, null);

describe("a reward of the user", () => {
  test("gets the counts and the task, and its options with their defaults", async () => {
    const { part, loaded } = await reward(
      "return blind.correct / blind.graded + options.more + task.question.length;",
      {},
      "options: z.strictObject({ more: z.number().default(100) }),",
    );
    expect(part.reward(outcome, config)).toBe(3 / 8 + 100 + task.question.length);
    expect([part.readsOpenBook, loaded.name, loaded.version]).toEqual([false, "mine", "3"]);
  });

  test("is recorded with the digests of its file and of the files that it imports", async () => {
    await file("half.ts", "export const half: number = 0.5;\n");
    const module = await file(
      "importing.ts",
      `import { defineReward } from "spice-orchestrator/own-code";
import { half } from "./half.ts";
export default defineReward({ name: "importing", version: "1", reward: () => half });
`,
    );
    const one = await openReward({ module, options: {} }, context);
    opened.push(one);
    expect(one.part.reward(outcome, config)).toBe(0.5);
    expect(one.record).toMatchObject({ kind: "reward", setting: "reward.module", name: "importing", module });
    expect(one.record.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(one.record.imports).toEqual([
      { path: "half.ts", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  describe("with a wrong result", () => {
    let part: Awaited<ReturnType<typeof openReward>>["part"];
    beforeAll(async () => {
      number += 1;
      // One thread for all: the question says what the reward does.
      const module = await file(
        `reward-${number}.ts`,
        `import { defineReward } from "spice-orchestrator/own-code";
export default defineReward({ name: "mine", version: "1", reward: ({ task }: any): any => {
  switch (task.question) {
    case "NaN": return Number.NaN;
    case "undefined": return undefined;
    case "promise": return Promise.resolve(1);
    case "text": return "1";
    case "throw":
      throw new Error("no idea");
    case "random": return Math.random();
    case "now": return Date.now();
    case "date": return new Date().getTime();
    case "performance": return performance.now();
    case "fixed date": return new Date(5).getTime();
  }
} });
`,
      );
      const one = await openReward({ module, options: {} }, context);
      lasting.push(one);
      part = one.part;
    });
    const call = (question: string) => () => part.reward({ ...outcome, task: { ...task, question } }, config);

    test.each([
      ["NaN", "finite number, not NaN"],
      ["undefined", "not undefined"],
      ["promise", "not a promise"],
      ["text", 'the text "1"'],
    ])("%s fails with OWN_CODE_RESULT", (question, said) => {
      expect(call(question)).toThrow(
        expect.objectContaining({ code: "OWN_CODE_RESULT", message: expect.stringContaining(said) }),
      );
    });

    test("an error fails with OWN_CODE_THREW, which names the line", () => {
      expect(call("throw")).toThrow(
        expect.objectContaining({
          code: "OWN_CODE_THREW",
          message: "The reward threw an error: no idea",
          where: expect.stringMatching(/^reward\.module → .*\.ts:9:\d+$/),
        }),
      );
    });

    test.each(["random", "now", "date", "performance"])(
      "%s fails: the same input must give the same reward",
      (question) => {
        expect(call(question)).toThrow(
          expect.objectContaining({
            code: "OWN_CODE_THREW",
            message: expect.stringContaining("cannot be used"),
          }),
        );
      },
    );

    test("a date that is given can be read", () => {
      expect(call("fixed date")()).toBe(5);
    });
  });

  test("that loops forever ends with OWN_CODE_TIMEOUT, and each later call too", async () => {
    const { part } = await reward("for (;;) {}");
    const began = performance.now();
    for (const _ of [1, 2])
      expect(() => part.reward(outcome, config)).toThrow(
        expect.objectContaining({ code: "OWN_CODE_TIMEOUT" }),
      );
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test("that prints writes to the log and not to the output", async () => {
    const { part } = await reward('console.log("a line"); console.error("another"); return 1;');
    expect(part.reward(outcome, config)).toBe(1);
    while (printed.length < 2) await new Promise((wake) => setTimeout(wake, 10));
    expect(printed.map((line) => line.replace(/^.*: /, "")).sort()).toEqual(["a line", "another"]);
  });
});

describe("a check of the user", () => {
  test("passes with null, and refuses with a sentence or a declared code", async () => {
    const { part, record } = await check(
      `return candidate.answer === "pass" ? null : candidate.answer === "code" ? { code: "own_other", detail: text } : document.title + "!";`,
      'codes: { own_other: "another reason" },',
    );
    const run = (answer: string) => part.run({ ...input, candidate: { ...input.candidate, answer } });
    expect(run("pass")).toEqual({ ok: true });
    expect(run("code")).toEqual({ ok: false, code: "own_other", detail: "The capital is N'Djamena." });
    expect(run("x")).toMatchObject({ ok: false, code: "own_my_check" });
    expect(record.codes).toEqual({
      own_my_check: "refused by the check my-check",
      own_other: "another reason",
    });
  });

  test("that returns true, or a code that it does not declare, fails with OWN_CODE_RESULT", async () => {
    const { part } = await check(
      'return candidate.answer === "true" ? true : { code: "own_more", detail: "" };',
    );
    for (const answer of ["true", "code"])
      expect(() => part.run({ ...input, candidate: { ...input.candidate, answer } })).toThrow(
        expect.objectContaining({ code: "OWN_CODE_RESULT" }),
      );
  });

  test("may not take a code of this package", async () => {
    await expect(check("return null;", 'codes: { answer_leak: "mine" },')).rejects.toMatchObject({
      code: "OWN_CODE_RESULT",
    });
  });
});

describe("a module that cannot be used is refused when it is loaded", () => {
  test("no file: OWN_CODE_MISSING", async () => {
    await expect(openReward({ module: join(folder, "none.ts"), options: {} }, context)).rejects.toMatchObject(
      {
        code: "OWN_CODE_MISSING",
      },
    );
  });

  test.each([
    ["a syntax error", "export default defineReward({", "OWN_CODE_LOAD"],
    ["an error while loading", 'throw new Error("early");', "OWN_CODE_LOAD"],
    ["no default export", "export const reward = 1;", "OWN_CODE_SHAPE"],
    ["a plain object", "export default { reward: () => 1 };", "OWN_CODE_SHAPE"],
    [
      "a bad name",
      'export default { spice: "reward", name: "A B", version: "1", reward: () => 1 };',
      "OWN_CODE_SHAPE",
    ],
    ["no version", 'export default { spice: "reward", name: "a", reward: () => 1 };', "OWN_CODE_SHAPE"],
    ["another kind", 'export default { spice: "sink", name: "a", version: "1" };', "OWN_CODE_SHAPE"],
    ["the end of its thread", "process.exit(3);", "OWN_CODE_ENDED"],
  ])("%s", async (name, text, code) => {
    const module = await file(`${name.replaceAll(" ", "-")}.ts`, text);
    await expect(openReward({ module, options: {} }, context)).rejects.toMatchObject({ code, exit: 2 });
  });

  test("wrong options: OWN_CODE_OPTIONS names the option", async () => {
    await expect(
      reward("return 1;", { more: "x" }, "options: z.strictObject({ more: z.number() }),"),
    ).rejects.toMatchObject({
      code: "OWN_CODE_OPTIONS",
      message: expect.stringContaining("more:"),
    });
  });

  test("a loop while loading: OWN_CODE_TIMEOUT", async () => {
    const module = await file("loading-loop.ts", "for (;;) {}");
    await expect(
      openReward({ module, options: {} }, { ...context, waitTimeoutMs: 1500 }),
    ).rejects.toMatchObject({ code: "OWN_CODE_TIMEOUT" });
  });
});
