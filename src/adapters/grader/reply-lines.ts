import type { Readable } from "node:stream";

/** What a worker's stdout brought: a line, or the reason why there will be none. */
export type Arrival =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "broken"; readonly detail: string };

const LINE_FEED = 10;

/** Lines of a process that is not trusted: capped in length, and only ever one at a time, because only one was asked for. */
export class ReplyLines {
  #pending = Buffer.alloc(0);
  #waiting: ((arrival: Arrival) => void) | null = null;
  #broken: Arrival | null = null;

  /** @param maxBytes longest line; a longer one breaks the stream */
  constructor(
    source: Readable,
    private readonly maxBytes: number,
  ) {
    source.on("data", (chunk: Buffer) => this.#take(chunk));
    source.on("error", () => this.break("its output broke off"));
  }

  /** The next line. Only one call may wait. */
  next(): Promise<Arrival> {
    if (this.#broken !== null) return Promise.resolve(this.#broken);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** From now on there are no lines, for this reason; the first one stays. */
  break(detail: string): void {
    this.#broken ??= { kind: "broken", detail };
    this.#deliver(this.#broken);
  }

  #take(chunk: Buffer): void {
    if (this.#broken !== null) return;
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const end = this.#pending.indexOf(LINE_FEED);
    const length = end < 0 ? this.#pending.length : end;
    if (length > this.maxBytes) this.break(`it wrote a line of more than ${this.maxBytes} bytes`);
    else if (end < 0) return;
    else if (this.#waiting === null || end < this.#pending.length - 1)
      this.break("it wrote without having been asked");
    else {
      const text = this.#pending.toString("utf8", 0, end);
      this.#pending = Buffer.alloc(0);
      this.#deliver({ kind: "line", text });
    }
  }

  #deliver(arrival: Arrival): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(arrival);
  }
}
