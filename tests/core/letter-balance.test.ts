import { expect, test } from "@jest/globals";
import { letterBalance } from "../../src/core/letter-balance.js";
import { keyed } from "../../src/core/rng.js";
import { makeTask } from "../support/fixtures.js";

test("a Challenger that always writes the answer first shows in its order, and not in ours", () => {
  const options = ["Oslo", "Rome", "Lima", "Cairo"];
  const tasks = Array.from({ length: 400 }, (_, index) =>
    makeTask({
      answerType: "mcq",
      answer: "Oslo",
      options,
      shuffled: keyed("letter", index).shuffle(options),
    }),
  );
  const balance = letterBalance([...tasks, makeTask()]);
  expect(balance).toMatchObject({ tasks: 400, written: [400, 0, 0, 0], writtenChiSquare: 1200 });
  expect(balance.shownChiSquare).toBeLessThan(16.3);
  expect(letterBalance([makeTask()])).toMatchObject({ tasks: 0, shownChiSquare: null });
});
