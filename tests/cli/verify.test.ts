import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { type Workplace, workplace } from "./spice.js";

jest.setTimeout(60_000);

describe("spice verify", () => {
  let place: Workplace;
  beforeAll(async () => {
    place = await workplace();
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  test("a right answer exits 0 and shows how both texts were read", async () => {
    const ended = await place.run("verify", "--type", "quantity", "90 km/h", "25 m/s");
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toBe("correct\ngold    25 m s^-1\nanswer  25 m s^-1\n");
  });

  test("a wrong or unreadable answer exits 5, and nothing is lost from stdout", async () => {
    const wrong = await place.run("verify", "--type", "date", "1999-03-01", "March 2, 1999");
    expect([wrong.code, wrong.stdout]).toEqual([5, "wrong\ngold    1999-03-01\nanswer  1999-03-02\n"]);
    const unread = await place.run("verify", "--type", "integer", "5", "5 or 6");
    expect(unread.code).toBe(5);
    expect(unread.stdout).toContain("answer  not read");
  });

  test("--json prints the texts, the readings and the rules that were used", async () => {
    const ended = await place.run("verify", "--json", "--type=number", "--tolerance=1%", "250", "251");
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual({
      schema: "spice.verify/1",
      type: "number",
      policy: { tolerance: "1%" },
      verdict: "correct",
      gold: { text: "250", read: "250" },
      answer: { text: "251", read: "251" },
    });
  });

  test("options of multiple choice get their letters in order", async () => {
    const choice = ["verify", "--type", "mcq", "--option", "Rome", "--option", "Paris", "Paris"];
    const right = await place.run(...choice, "(B)");
    expect([right.code, right.stdout]).toEqual([0, "correct\ngold    B) Paris\nanswer  B) Paris\n"]);
    const contradiction = await place.run(...choice, "(A) Paris");
    expect([contradiction.code, contradiction.stdout.split("\n")[0]]).toEqual([5, "unparsable"]);
  });

  test("a gold answer that the type cannot verify is an error of usage", async () => {
    for (const args of [
      ["--type", "integer", "many", "5"],
      ["--type", "mcq", "--option", "Rome", "Paris", "A"],
    ]) {
      const ended = await place.run("verify", ...args);
      expect([ended.code, ended.stdout]).toEqual([2, ""]);
      expect(ended.stderr).toContain("GOLD_NOT_VERIFIABLE");
    }
  });

  test("an unknown type is refused, and the types are listed", async () => {
    const ended = await place.run("verify", "--type", "colour", "red", "red");
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("Allowed choices are mcq, integer");
  });
});
