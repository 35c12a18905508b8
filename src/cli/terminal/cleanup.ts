/** What has to be taken down again, last first. */
export class Cleanup {
  readonly #resources: AsyncDisposable[] = [];

  /** Remember a resource, and return it. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.#resources.push(resource);
    return resource;
  }

  /** Dispose of everything; a failure does not keep the others, and the first one is thrown at the end. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let resource = this.#resources.pop(); resource !== undefined; resource = this.#resources.pop()) {
      try {
        await resource[Symbol.asyncDispose]();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
