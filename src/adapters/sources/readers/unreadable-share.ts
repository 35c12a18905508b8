import { SpiceError } from "../../../app/errors.js";

/**
 * Counts the records of a file that are not UTF-8. Single records are skipped. A file whose records
 * are mostly not UTF-8 has another encoding and must be converted.
 */
export class UnreadableShare {
  #records = 0;
  #unreadable = 0;

  constructor(private readonly path: string) {}

  /** Counts a record. */
  note(isUnreadable: boolean): void {
    this.#records += 1;
    if (isUnreadable) this.#unreadable += 1;
  }

  /**
   * Call this method after the last record.
   *
   * @throws SpiceError `NOT_UTF8` (exit 2) when more than half of the records are not UTF-8
   */
  check(): void {
    if (2 * this.#unreadable <= this.#records) return;
    throw new SpiceError(`${this.#unreadable} of ${this.#records} records are not UTF-8.`, {
      code: "NOT_UTF8",
      boundary: "corpus",
      where: this.path,
      hint: "Convert the file, for example with `iconv -f WINDOWS-1252 -t UTF-8`, and add it again.",
      exit: 2,
    });
  }
}
