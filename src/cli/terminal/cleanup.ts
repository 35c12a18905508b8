/** Resources that must be disposed of, the last one first. */
export class Cleanup {
  readonly #resources: AsyncDisposable[] = [];

  /** Remember a resource, and return it. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.#resources.push(resource);
    return resource;
  }

  /**
   * Dispose of every resource. A failure does not stop the others. The first failure is thrown at
   * the end.
   */
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
