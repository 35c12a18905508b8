/** The options that say how records and tables are read: of `spice init` and `spice corpus add`. */

/** Flags and descriptions of the options. */
export const READING_OPTIONS = {
  textField: ["--text-field <name>", "field of JSON lines or column of a table that has the text"],
  subjectField: ["--subject-field <name>", "field or column that names the subject of a document"],
  card: ["--card", "make all columns of a table lines `Column: value` of cards, also long texts"],
} as const;

/** The options as the command line gives them. */
export interface GivenReadingOptions {
  readonly textField?: string | undefined;
  readonly subjectField?: string | undefined;
  readonly card?: true | undefined;
}

/** The options as a reader takes them. */
export function readingOf({ textField, subjectField, card }: GivenReadingOptions) {
  return {
    ...(textField === undefined ? {} : { textField }),
    ...(subjectField === undefined ? {} : { subjectField }),
    card: card === true,
  };
}

/** The options as they are typed after a command. Each begins with a space. */
export function typedOptions({ textField, subjectField, card }: GivenReadingOptions): string {
  return [
    ...(textField === undefined ? [] : [` --text-field ${quoted(textField)}`]),
    ...(subjectField === undefined ? [] : [` --subject-field ${quoted(subjectField)}`]),
    ...(card === true ? [" --card"] : []),
  ].join("");
}

/** A word as a shell reads it back. */
export function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
