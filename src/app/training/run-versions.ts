import type { PolicyVersion, SampleEvent, SampleRequest, Trainer } from "../ports/trainer.js";

/**
 * Policy versions as the run counts them. A trainer counts from its session's first publish, so after a restart its numbers
 * begin again; the run's go on, and episodes are the same whether or not there was one.
 */
export class RunVersions {
  /** What is added to the trainer's number. */
  #offset = 0;

  constructor(private readonly trainer: Trainer) {}

  /** Publish, and call the result version `number` of the run. */
  async publishAs(number: number, signal: AbortSignal): Promise<PolicyVersion> {
    const published = await this.trainer.publish(signal);
    this.#offset = number - published.version;
    return { ...published, version: number };
  }

  async publish(signal: AbortSignal): Promise<PolicyVersion> {
    const published = await this.trainer.publish(signal);
    return { ...published, version: published.version + this.#offset };
  }

  /** The trainer's `sample`, with the run's numbers in the request and in what comes back. */
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
