import type { Prompt } from "../../core/records/prompt.js";
import type { PolicyVersion, SampleEvent, SampleRequest, Trainer } from "../ports/trainer.js";

/**
 * Numbers policy versions by run. A trainer counts from the first publish of its session, so its
 * numbers start again after a restart. The numbers of the run continue, so episodes are the same
 * with and without a restart.
 */
export class RunVersions {
  /** Added to the trainer's version number to get the run's version number. */
  #offset = 0;

  constructor(private readonly trainer: Trainer) {}

  /** Publishes the weights as version `number` of the run. */
  async publishAs(number: number, signal: AbortSignal): Promise<PolicyVersion> {
    const published = await this.trainer.publish(signal);
    this.#offset = number - published.version;
    return { ...published, version: number };
  }

  async publish(signal: AbortSignal): Promise<PolicyVersion> {
    const published = await this.trainer.publish(signal);
    return { ...published, version: published.version + this.#offset };
  }

  /** The trainer's `tokenize`. */
  tokenize(prompts: readonly Prompt[], signal?: AbortSignal): Promise<readonly Int32Array[]> {
    return this.trainer.tokenize(prompts, signal);
  }

  /** The trainer's `sample`, with version numbers of the run in the request and in the result. */
  async *sample(request: SampleRequest, signal?: AbortSignal): AsyncIterable<SampleEvent> {
    const { policyVersion } = request;
    const own = policyVersion === null ? null : policyVersion - this.#offset;
    for await (const event of this.trainer.sample({ ...request, policyVersion: own }, signal)) {
      yield this.#renumbered(event);
    }
  }

  #renumbered(event: SampleEvent): SampleEvent {
    switch (event.kind) {
      case "started":
        return { ...event, policyVersion: event.policyVersion + this.#offset };
      case "sample": {
        const policyVersion = event.sample.policyVersion + this.#offset;
        return { ...event, sample: { ...event.sample, policyVersion } };
      }
      case "done":
        return event;
    }
  }
}

/** The versions of a run, and the version that plays the next step. */
export interface RunPolicy {
  readonly versions: RunVersions;
  readonly version: PolicyVersion;
}
