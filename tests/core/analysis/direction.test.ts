import { expect, test } from "@jest/globals";
import { directionOf } from "../../../src/core/analysis/direction.js";

test("the interval alone decides the direction of a change; 0 at its end is no clear change", () => {
  expect(directionOf({ low: 0.01, high: 0.2 })).toBe("rose");
  expect(directionOf({ low: -0.2, high: -0.01 })).toBe("fell");
  expect(directionOf({ low: -0.2, high: 0.01 })).toBe("unclear");
  expect(directionOf({ low: 0, high: 0.2 })).toBe("unclear");
  expect(directionOf({ low: -0.2, high: 0 })).toBe("unclear");
  expect(directionOf(null)).toBe("unmeasured");
});
