import { describe, expect, test } from "@jest/globals";
import { MissingSamples } from "../../../src/adapters/grpc/missing-samples.js";
import type { Sample, SampleRequest } from "../../../src/app/ports/trainer.js";

describe("missing samples", () => {
  const prompt = { kind: "text" as const, text: "" };
  const whole: SampleRequest = {
    prompts: [
      { prompt, seeds: [1n, 2n] },
      { prompt, seeds: [3n] },
      { prompt, seeds: [4n, 5n] },
    ],
    params: { maxTokens: 1, temperature: 1, topP: 1, topK: 0, stopStrings: [] },
    policyVersion: null,
    wantLogprobs: false,
  };
  const sample = (promptIndex: number, sampleIndex: number) => ({ promptIndex, sampleIndex }) as Sample;

  test("are asked for with their own seeds, pinned to the version, and find their way back", () => {
    const missing = new MissingSamples(whole);
    for (const one of [sample(0, 0), sample(1, 0), sample(2, 1)]) missing.remove(one);
    const { request, original } = missing.request(7);
    expect(request).toMatchObject({ policyVersion: 7, prompts: [{ seeds: [2n] }, { seeds: [4n] }] });
    expect(original(sample(0, 0))).toMatchObject({ promptIndex: 0, sampleIndex: 1 });
    expect(original(sample(1, 0))).toMatchObject({ promptIndex: 2, sampleIndex: 0 });
    expect(() => original(sample(2, 0))).toThrow("not asked for");
    expect(missing.count).toBe(2);
  });
});
