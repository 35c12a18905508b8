import { setTimeout as delay } from "node:timers/promises";

/**
 * Longest wait for the numbers of a finished call, in milliseconds. They come over another socket
 * of the same machine than the answer of the call, and usually arrive within a millisecond.
 */
const ARRIVAL_MS = 500;
/** Wait when the last work has no numbers by which its end is seen, in milliseconds. */
const SETTLE_MS = 5;

/**
 * Means of the numbers that arrived since the last call of `drain`, and the number of lost
 * messages. An event belongs to the step in which it was sent: an event that was sent before the
 * last `drain` and arrives after it is left out.
 */
export class Numbers {
  #sums = new Map<string, { sum: number; count: number }>();
  #arrived = new Set<string>();
  /** Scopes for which `drain` waited in vain. It does not wait again until one arrives. */
  readonly #missing = new Set<string>();
  #onArrival: () => void = () => undefined;
  #drainedAt = 0;
  #lastSequence: bigint | null = null;
  #lost = 0;

  /**
   * Adds numbers under the keys `trainer.<scope>.<name>`. Values that are not finite are left out.
   * `sentAt` is the time of the event in seconds since the Unix epoch. The sender runs on this
   * machine, so its clock is the clock of this process.
   */
  add(scope: string, values: Readonly<Record<string, number>>, sentAt = 0): void {
    this.#missing.delete(scope);
    if (sentAt > 0 && sentAt * 1000 < this.#drainedAt) return;
    for (const [name, value] of Object.entries(values)) {
      if (!Number.isFinite(value)) continue;
      const key = `trainer.${scope}.${name}`;
      const { sum, count } = this.#sums.get(key) ?? { sum: 0, count: 0 };
      this.#sums.set(key, { sum: sum + value, count: count + 1 });
    }
    this.#arrived.add(scope);
    this.#onArrival();
  }

  /** Notes the number of a message. The sender counts messages from 1, so a gap is a loss. */
  seen(sequence: bigint | undefined): void {
    if (sequence === undefined) return;
    if (this.#lastSequence !== null && sequence > this.#lastSequence + 1n)
      this.#lost += Number(sequence - this.#lastSequence) - 1;
    this.#lastSequence = sequence;
  }

  /** Counts a message that cannot be read as lost. */
  unreadable(): void {
    this.#lost += 1;
  }

  /**
   * Waits for the numbers of the scope `last`, as `Telemetry.drain` says: messages arrive in the
   * order of sending, so all earlier numbers are there too. Returns the means since the last call,
   * and resets them. The key `trainer.events_lost` has the number of lost messages when there are
   * any.
   */
  async drain(last: string | null, signal: AbortSignal): Promise<Readonly<Record<string, number>>> {
    await this.#arrival(last, signal);
    this.#drainedAt = Date.now();
    const means = Object.fromEntries([...this.#sums].map(([key, { sum, count }]) => [key, sum / count]));
    this.#sums = new Map();
    this.#arrived = new Set();
    const lost = this.#lost;
    this.#lost = 0;
    return lost > 0 ? { ...means, "trainer.events_lost": lost } : means;
  }

  async #arrival(last: string | null, signal: AbortSignal): Promise<void> {
    if (last !== null && (this.#arrived.has(last) || this.#missing.has(last))) return;
    // The wait ends at the arrival, at the limit, or when the caller stops: it never fails.
    const waiting = new AbortController();
    this.#onArrival = () => {
      if (last !== null && this.#arrived.has(last)) waiting.abort();
    };
    const stop = AbortSignal.any([signal, waiting.signal]);
    const limit = last === null ? SETTLE_MS : ARRIVAL_MS;
    await delay(limit, undefined, { signal: stop }).catch(() => undefined);
    this.#onArrival = () => undefined;
    if (last !== null && !this.#arrived.has(last) && !signal.aborted) this.#missing.add(last);
  }
}
