import type { Sample, SampleRequest } from "../../app/ports/trainer.js";
import { protocol } from "./operations.js";

/** Which samples of a request have not come yet. */
export class MissingSamples {
  readonly #left: Set<number>[];

  constructor(private readonly whole: SampleRequest) {
    this.#left = whole.prompts.map((one) => new Set(one.seeds.keys()));
  }

  get count(): number {
    return this.#left.reduce((sum, one) => sum + one.size, 0);
  }

  remove({ promptIndex, sampleIndex }: Sample): void {
    this.#left[promptIndex]?.delete(sampleIndex);
  }

  /** A request for them, and the way back from its indices to those of the whole request. */
  request(policyVersion: number | null): { request: SampleRequest; original: (sample: Sample) => Sample } {
    const rows = this.#left.flatMap((left, promptIndex) => {
      const spec = this.whole.prompts[promptIndex];
      const samples = [...left];
      return spec === undefined || samples.length === 0 ? [] : [{ promptIndex, spec, samples }];
    });
    const prompts = rows.map(({ spec, samples }) => ({
      prompt: spec.prompt,
      seeds: samples.flatMap((index) => spec.seeds[index] ?? []),
    }));
    return {
      request: { ...this.whole, prompts, policyVersion },
      original: (sample) => {
        const row = rows[sample.promptIndex];
        const sampleIndex = row?.samples[sample.sampleIndex];
        if (row === undefined || sampleIndex === undefined)
          throw protocol("a sample came that was not asked for");
        return { ...sample, promptIndex: row.promptIndex, sampleIndex };
      },
    };
  }
}
