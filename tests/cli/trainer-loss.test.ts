import { expect, test } from "@jest/globals";
import { SpiceError } from "../../src/app/errors.js";
import { RestartPolicy } from "../../src/cli/runs/trainer-loss.js";

const lost = new SpiceError("It is gone.", { code: "SIDECAR_EXITED", boundary: "trainer", hint: "Wait." });

test("a lost trainer is started again, later and later, until it was lost too often without a step", () => {
  const policy = new RestartPolicy(3);
  expect([4, 4, 4, 4].map((step) => policy.pauseAfter(lost, step))).toEqual([500, 1000, 2000, null]);
});

test.each(["TRAINER_WORKER_DIED", "TRAINER_SERVER_DIED"])(
  "a trainer that lives but lost the process with its weights is started again: %s",
  (code) => {
    const dead = new SpiceError("Gone.", { code, boundary: "trainer", hint: "Wait." });
    expect(new RestartPolicy(3).pauseAfter(dead, 1)).toBe(500);
  },
);

test("a committed step in between starts the count again", () => {
  const policy = new RestartPolicy(2);
  expect([0, 0, 1, 1, 1].map((step) => policy.pauseAfter(lost, step))).toEqual([500, 1000, 500, 1000, null]);
});

test("other failures, and any failure when restarts are switched off, end the run", () => {
  const nan = new SpiceError("NaN.", { code: "NON_FINITE_LOSS", boundary: "run", hint: "Lower it." });
  expect(new RestartPolicy(3).pauseAfter(nan, 1)).toBeNull();
  expect(new RestartPolicy(3).pauseAfter(new Error("bug"), 1)).toBeNull();
  expect(new RestartPolicy(0).pauseAfter(lost, 1)).toBeNull();
});
