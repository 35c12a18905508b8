import type { Readable } from "node:stream";

/** A line from the stdout of a worker, or the reason why no more lines arrive. */
export type Arrival =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "broken"; readonly detail: string };

const LINE_FEED = 10;

/**
 * Reads the lines of a process that is not trusted. The length of a line is limited. Only one line
 * may arrive at a time, because only one line is requested.
 */
export class ReplyLines {
  #pending = Buffer.alloc(0);
  #waiting: ((arrival: Arrival) => void) | null = null;
  #broken: Arrival | null = null;

  /** @param maxBytes length limit of a line in bytes; a longer line breaks the stream */
  constructor(
    source: Readable,
    private readonly maxBytes: number,
  ) {
    source.on("data", (chunk: Buffer) => this.#take(chunk));
    source.on("error", () => this.break("its output broke off"));
  }

  /** The next line. Only one call may wait at a time. */
  next(): Promise<Arrival> {
    if (this.#broken !== null) return Promise.resolve(this.#broken);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Ends the stream with a reason. The first reason is kept. */
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
