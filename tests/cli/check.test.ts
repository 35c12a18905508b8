import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { documents, set, type Workplace, workplace } from "./spice.js";

jest.setTimeout(120_000);

const CARD = "Country: Chad\nCapital: N'Djamena\nArea: 1,284,000 sq km\n";
const GOOD = { question: "What is the capital of Chad?", answer: "N'Djamena", answerType: "string" };
const BAD = { ...GOOD, question: "What is the capital of this country, N'Djamena?" };

describe("spice check", () => {
  let place: Workplace;
  beforeAll(async () => {
    place = await workplace();
    await place.write("chad.txt", CARD);
    await place.write("good.json", JSON.stringify(GOOD));
    await place.write("bad.json", JSON.stringify(BAD));
    await place.write("proposal.txt", " What is the area of Chad?\nAnswer: 1,284,000 sq km\n");
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  test("a task that no check refuses: exit 0, and the evidence", async () => {
    const done = await place.run("check", "good.json", "--document", "chad.txt");
    expect(done.code).toBe(0);
    expect(done.stdout).toContain("Admitted");
    expect(done.stdout).toContain("Evidence  N'Djamena");
  });

  test("a task with several faults: exit 5, and every finding", async () => {
    const done = await place.call("check", "bad.json", "--document", "chad.txt", "--json");
    expect(done.code).toBe(5);
    const [document] = documents(done);
    expect(document).toMatchObject({ schema: "spice.check/1", admitted: false });
    const findings = document?.["findings"] as readonly { readonly code: string }[];
    expect(findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["dangling_deixis", "answer_leak"]),
    );
  });

  test("settings decide: a finding that is only counted refuses nothing", async () => {
    const settings = ["-s", "admission.deixis=count", "-s", "admission.leak=count"];
    const done = await place.call("check", "bad.json", "--document", "chad.txt", ...settings);
    expect(done.code).toBe(0);
    expect(done.stdout).toContain("noted  answer_leak");
  });

  test("with --all, checks that are off are run too", async () => {
    const off = ["-s", "admission.deixis=off", "-s", "admission.leak=off"];
    const done = await place.call("check", "bad.json", "--document", "chad.txt", "--all", ...off);
    expect(done.code).toBe(0);
    expect(done.stdout).toContain("off  answer_leak");
  });

  test("the text of a model is read by the parser of the prompt family", async () => {
    const args = ["check", "proposal.txt", "--document", "chad.txt", "--format"];
    expect((await place.call(...args, "quantity")).code).toBe(0);
    const refused = await place.call(...args, "mcq");
    expect(refused.code).toBe(5);
    expect(refused.stdout).toContain("unparsable");
    const paper = await place.call(
      ...args,
      "quantity",
      ...set("challenger.prompts=paper", "challenger.focus=document"),
    );
    expect(paper.code).toBe(5);
    expect(paper.stdout).toContain("no strict JSON object");
  });

  test("control characters of a proposal are shown and not obeyed", async () => {
    await place.write("escape.txt", " What is \u001b[2J of Chad?\nAnswer: N'Djamena\n");
    const done = await place.call("check", "escape.txt", "--document", "chad.txt", "--format", "string");
    expect(done.code).toBe(5);
    expect(done.stdout).toContain("control_character");
    expect(done.stdout).not.toContain("\u001b[2J");
  });

  test.each<[string, readonly string[], number, string]>([
    ["a text without --format", ["proposal.txt", "--document", "chad.txt"], 2, "TASK_FORMAT"],
    ["no document", ["good.json", "--document", "nowhere.txt"], 2, "SOURCE_NOT_FOUND"],
    ["no task", ["nowhere.json", "--document", "chad.txt"], 3, "FILE_MISSING"],
    [
      "a type that does not exist",
      ["proposal.txt", "--document", "chad.txt", "--format", "text"],
      2,
      "--format",
    ],
  ])("%s: an error that says what to do", async (_, args, code, text) => {
    const done = await place.call("check", ...args);
    expect(done.code).toBe(code);
    expect(done.stderr).toContain(text);
  });
});
