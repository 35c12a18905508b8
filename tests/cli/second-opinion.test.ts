import { readdir, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { missingGrader } from "../support/grader.js";
import { describeWithPython } from "../support/python.js";
import { testUnless } from "../support/skip.js";
import { copyCorpus } from "./shared/finished-run.js";
import { documents, FAKE, set, type Workplace, workplace } from "./spice.js";

jest.setTimeout(180_000);

const KEY = "not-a-real-key-0123456789";

describeWithPython("a run that others look at, on the fake trainer", () => {
  let place: Workplace;
  let server: Server;
  let gullible = false;
  const keys = new Set<string | undefined>();
  beforeAll(async () => {
    place = await workplace({ JUDGE_KEY_OF_THE_TEST: KEY });
    await copyCorpus(place);
    server = createServer(async (request, response) => {
      keys.add(request.headers.authorization);
      let text = "";
      for await (const piece of request) text += String(piece);
      const { messages } = JSON.parse(text) as { messages: { content: string }[] };
      const { reference, answer } = JSON.parse(messages.at(-1)?.content ?? "{}") as Record<string, string>;
      const content = gullible || reference === answer ? "YES" : "NO";
      response.end(JSON.stringify({ choices: [{ message: { content } }] }));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await place[Symbol.asyncDispose]();
  });

  const mix = ["integer", "string"].map((answerType) => ({ format: { kind: "free", answerType }, share: 1 }));
  const train = (...settings: readonly string[]) => place.call("train", ...wordsOf(...settings));
  const wordsOf = (...settings: readonly string[]) => [
    ...set(...FAKE, "corpus.kinds=[]", `challenger.mix=${JSON.stringify(mix)}`, ...settings),
    "--json",
  ];
  const judge = () => [
    "verification.judge.mode=rescue",
    `verification.judge.baseUrl=http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    "verification.judge.model=judge",
    "verification.judge.keyVariable=JUDGE_KEY_OF_THE_TEST",
  ];
  const total = (steps: readonly Record<string, unknown>[], metric: string): number =>
    steps.reduce((sum, step) => sum + Number(step[metric]), 0);
  const everything = async (): Promise<string> => {
    const names = await readdir(join(place.folder, "runs"), { recursive: true, withFileTypes: true });
    const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    return (await Promise.all(files.map((one) => readFile(one, "utf8")))).join("\n");
  };

  test("a sound judge is asked, its numbers are in the metrics, and its key is in no file and no output", async () => {
    const ran = await place.run("train", ...wordsOf(...judge()));
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining("step 3/3")]);
    const steps = documents(ran).filter((one) => one["schema"] === "spice.step/1");
    expect(steps).toHaveLength(3);
    for (const step of steps) expect(step).toMatchObject({ judge_failures: 0, judge_timeouts: 0 });
    expect(total(steps, "judge_checked")).toBeGreaterThan(0);
    expect([...keys]).toEqual([`Bearer ${KEY}`]);
    expect(`${ran.stdout}${ran.stderr}${await everything()}`).not.toContain(KEY);
  });

  test("a gullible judge is refused before the first step", async () => {
    gullible = true;
    const ran = await train(...judge());
    gullible = false;
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain("empty answers for right ones");
  });

  test("a judge without its key does not start", async () => {
    const ran = await train(...judge(), "verification.judge.keyVariable=NO_SUCH_VARIABLE");
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain("NO_SUCH_VARIABLE is not set");
  });

  testUnless(missingGrader)(
    "math-verify is started with the run, and its numbers are in the metrics",
    async () => {
      const second = ["mode=review", "share=1", "timeoutMs=60000"];
      const ran = await train(...second.map((one) => `verification.secondOpinion.${one}`));
      expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining("step 3/3")]);
      const steps = documents(ran).filter((one) => one["schema"] === "spice.step/1");
      expect(steps).toHaveLength(3);
      for (const step of steps)
        expect(step).toMatchObject({ second_opinion_timeouts: 0, second_opinion_failures: 0 });
      expect(total(steps, "second_opinion_checked")).toBeGreaterThan(0);
    },
  );
});
