import type { Sample, SampleRequest } from "../../app/ports/trainer.js";
import { protocol } from "./operations.js";

/** The samples of a request that have not arrived. */
export class MissingSamples {
  readonly #left: Set<number>[];

  constructor(private readonly whole: SampleRequest) {
    this.#left = whole.prompts.map(({ seeds }) => new Set(seeds.keys()));
  }

  /** Number of missing samples. */
  get count(): number {
    return this.#left.reduce((sum, left) => sum + left.size, 0);
  }

  /** Marks a sample as arrived. Its indices are those of the whole request. */
  remove({ promptIndex, sampleIndex }: Sample): void {
    this.#left[promptIndex]?.delete(sampleIndex);
  }

  /**
   * A request for the missing samples. `original` gives a sample of this request the indices of the
   * whole request.
   *
   * @throws SpiceError `TRAINER_PROTOCOL` (exit 3), by `original`, for a sample that is not in the
   * request
   */
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
