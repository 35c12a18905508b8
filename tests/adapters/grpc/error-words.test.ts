import { expect, test } from "@jest/globals";
import { Status } from "nice-grpc-common";
import { type Failure, TrainerError } from "../../../src/adapters/grpc/errors.js";

const errorOf = (changes: Partial<Failure>) =>
  new TrainerError(
    {
      code: Status.INVALID_ARGUMENT,
      reason: "R",
      message: "m",
      hint: "",
      retryable: false,
      resubmit: false,
      retryAfterMs: null,
      facts: {},
      ...changes,
    },
    "Open",
  );

test("names of the contract in a trainer's error become the names of settings", () => {
  const error = errorOf({
    message: "max_context_tokens is 9000, but tiny was made for 1024",
    hint: "set max_context_tokens to 1024 or less, or engine.train_tokens to 512",
  });
  expect(error.message).toBe("model.maxContextTokens is 9000, but tiny was made for 1024.");
  expect(error.hint).toBe(
    "Set model.maxContextTokens to 1024 or less, or trainer.engine.train_tokens to 512.",
  );
});

test("a name that is a part of another name stays", () => {
  expect(errorOf({ hint: "see my_max_context_tokens and trainer.engine.x" }).hint).toBe(
    "See my_max_context_tokens and trainer.engine.x.",
  );
});

test("without a token, the hint names the variable, not the metadata of the call", () => {
  const error = errorOf({
    code: Status.UNAUTHENTICATED,
    hint: "send metadata `authorization: Bearer <content of the token file>`",
  });
  expect(error.hint).toBe("Set SPICE_TRAINER_TOKEN to the content of the trainer's token file.");
});
