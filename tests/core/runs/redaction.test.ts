import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { findSecret, knownSecrets, redact, redactValue } from "../../../src/core/runs/redaction.js";

const EXAMPLES = JSON.parse(readFileSync("tests/fixtures/redaction.json", "utf8")) as [string, string][];

/** Texts that hide nothing by themselves, and look like no other part of the sentence. */
const secrets = fc.stringMatching(/^[A-Z0-9]{12,40}$/);
const prose = fc.stringMatching(/^[a-z ,.]{0,40}$/);

describe("secrets in text", () => {
  test.each(EXAMPLES)("%s", (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test("a secret in a known place never survives, whatever stands around it", () => {
    const places: readonly ((secret: string) => string)[] = [
      (secret) => `http://user:${secret}@host:80/x`,
      (secret) => `Authorization: Bearer ${secret}`,
      (secret) => `hf_${secret}`,
      (secret) => `MY_TOKEN=${secret}`,
      (secret) => JSON.stringify({ db_password: secret }),
      (secret) => JSON.stringify({ apiKey: `${secret} "quoted" ${secret}` }),
    ];
    fc.assert(
      fc.property(secrets, prose, prose, fc.constantFrom(...places), (secret, before, after, place) => {
        // A hub token has at least 16 characters.
        const long = secret.padEnd(16, "7");
        expect(redact(`${before} ${place(long)} ${after}`)).not.toContain(long);
      }),
    );
  });

  test("a known secret never survives, in any text", () => {
    fc.assert(
      fc.property(secrets, fc.string(), fc.string(), (secret, before, after) => {
        expect(redact(before + secret + after, [secret])).not.toContain(secret);
      }),
    );
  });

  test("ordinary prose is not touched", () => {
    fc.assert(fc.property(prose, (text) => expect(redact(text)).toBe(text)));
  });

  test("a long text costs one pass", () => {
    const long = "token-".repeat(200_000) + "a.".repeat(200_000) + "://".repeat(100_000);
    expect(redact(long)).toBe(long);
  });
});

describe("secrets in values", () => {
  test("texts are redacted wherever they are, names decide over whole texts, numbers and arrays stay", () => {
    const value = {
      argv: ["train", "-s", "trainer.engine.token=abc"],
      nested: { apiKey: "k", maxTokens: 5, ids: new Int32Array(2) },
      token: 7,
    };
    expect(redactValue(value)).toEqual({
      argv: ["train", "-s", "trainer.engine.token=***"],
      nested: { apiKey: "***", maxTokens: 5, ids: new Int32Array(2) },
      token: 7,
    });
  });

  test("a secret is found by its path", () => {
    expect(findSecret({ trainer: { engine: { hub: { apiKey: "k" } } } })).toBe("trainer.engine.hub.apiKey");
    expect(findSecret({ trainer: { address: "http://u:p@host:1" } })).toBe("trainer.address");
    expect(findSecret({ loss: { ratio: "token", correction: "token_truncate" }, maxTokens: 3 })).toBeNull();
  });

  test("secrets of the environment are those named so, and passwords of URLs", () => {
    expect(
      knownSecrets({
        HF_TOKEN: " long-enough ",
        HTTPS_PROXY: "http://user:swordfish@proxy:1",
        OTHER: "long-enough-too",
        PASSWORD: "short",
      }),
    ).toEqual(["long-enough", "swordfish"]);
  });
});
