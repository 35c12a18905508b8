import { expect, test } from "@jest/globals";
import { leastBytes } from "../../../src/app/trainer/memory-fit.js";

test("a model needs its weights, and the gradient and the moments of what is trained", () => {
  expect(leastBytes({ parameters: 1000, trainableParameters: 1000 })).toBe(16_000);
  expect(leastBytes({ parameters: 1000, trainableParameters: 10 })).toBe(4120);
});
