import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type GraderPool, openGraderPool } from "../../../src/adapters/grader/pool.js";
import { grader as command, missingGrader } from "../../support/grader.js";
import { describeUnless } from "../../support/skip.js";

const never = new AbortController().signal;
/** Starting Python and sympy on a machine whose cores are all busy, milliseconds. */
const SLOW = 180_000;

describeUnless(missingGrader)("math-verify itself", () => {
  let pool: GraderPool;
  beforeAll(async () => {
    pool = await openGraderPool({ command, workers: 1, timeoutMs: 30_000, startTimeoutMs: SLOW }, never);
  }, SLOW);
  afterAll(() => pool?.[Symbol.asyncDispose]());

  test.each([
    ["1/2", "0.5", "correct"],
    ["1/2", "\\frac{2}{4}", "correct"],
    ["1234", "1,234", "correct"],
    ["12", "13", "wrong"],
    ["x^2-1", "$(x-1)(x+1)$", "correct"],
    ["x^2-1", "x^2+1", "wrong"],
    ["3500", "3.5e3", "correct"],
    ["2\\pi", "2 pi", "correct"],
    ["12", "twelve", "unparsable"],
    ["12", "either 12 or 13", "unparsable"],
    ["1234", "1 234", "unparsable"],
    ["12", "", "unparsable"],
  ])("gold %s, answer %s: %s", async (gold, answer, verdict) => {
    expect(await pool.check({ type: "expression", gold, answer }, never)).toMatchObject({ verdict });
  });

  test("nothing that an answer says is run as Python", async () => {
    const answer = "__import__('os').kill(__import__('os').getpid(), 9)";
    const opinion = await pool.check({ type: "expression", gold: "1", answer }, never);
    expect(opinion).toMatchObject({ kind: "verdict", verdict: "unparsable" });
  });

  test(
    "a tower of exponents costs its time limit at most",
    async () => {
      await using strict = await openGraderPool(
        { command, workers: 1, timeoutMs: 3000, startTimeoutMs: SLOW },
        never,
      );
      const began = performance.now();
      const tower = { type: "expression", gold: "5", answer: "5^{5^{5^{5^5}}} + 1" } as const;
      expect(await strict.check(tower, never)).toMatchObject({ kind: "infrastructure", cause: "timeout" });
      expect(performance.now() - began).toBeLessThan(30_000);
    },
    SLOW,
  );

  test.each([
    ["whose orchestrator is gone ends by itself", "", 0],
    ["ends with 1 at what is no request", "hello\n", 1],
  ])(
    "a process %s",
    async (_, input, code) => {
      const [program = "", ...rest] = command.argv;
      const child = spawn(program, rest, { env: command.environment, stdio: ["pipe", "ignore", "ignore"] });
      const exited = new Promise((done) => child.once("exit", done));
      child.stdin.end(input);
      expect(await exited).toBe(code);
    },
    SLOW,
  );
});
