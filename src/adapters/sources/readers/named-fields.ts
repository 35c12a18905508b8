import { SpiceError } from "../../../app/errors.js";

/** Most names of fields that an error lists. */
const MOST_NAMES = 30;

/** Compares the fields that options name with the fields that the records of a source have. */
export class NamedFields {
  /** Options by the field that they name, until a record has the field. */
  readonly #missing = new Map<string, string>();
  readonly #names = new Set<string>();

  constructor({ textField, subjectField }: { readonly textField?: string; readonly subjectField?: string }) {
    if (textField !== undefined) this.#missing.set(textField, "--text-field");
    if (subjectField !== undefined) this.#missing.set(subjectField, "--subject-field");
  }

  /** True when a record had each field that an option names. Further names change nothing. */
  get isComplete(): boolean {
    return this.#missing.size === 0;
  }

  /** Notes the fields of a record, or the columns of a table. */
  note(names: readonly string[]): void {
    if (this.#missing.size === 0) return;
    for (const name of names) {
      this.#missing.delete(name);
      if (this.#names.size <= MOST_NAMES) this.#names.add(name);
    }
  }

  /**
   * Refuses a source with records when no record has a field that an option names.
   *
   * @throws SpiceError `SOURCE_FIELD` (exit 2)
   */
  check(where: string): void {
    const [missing] = this.#missing;
    if (missing === undefined || this.#names.size === 0) return;
    const [field, option] = missing;
    const names = [...this.#names].filter((name) => name !== "");
    const shown = names.slice(0, MOST_NAMES).join(", ");
    throw new SpiceError(`No record has the field \`${field}\` that ${option} names.`, {
      code: "SOURCE_FIELD",
      boundary: "corpus",
      where,
      hint: `Fields of the records: ${shown}${names.length > MOST_NAMES ? ", and more" : ""}.`,
      exit: 2,
    });
  }
}
