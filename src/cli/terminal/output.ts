import { styleText } from "node:util";

/** Options that every command takes. */
export interface OutputOptions {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: number | boolean | undefined;
}

/** A color or a weight of text. */
export type Format = Extract<Parameters<typeof styleText>[0], string>;

/**
 * Where a command writes. stdout is data: tables for people, or with --json documents with a
 * `schema` field. Everything else, progress and advice included, goes to stderr, so that `spice ...
 * | jq` always works.
 */
export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** 0 normal, 1 details, 2 stack traces and debug lines. */
  readonly verbosity: number;

  constructor(options: OutputOptions) {
    this.json = options.json ?? false;
    this.quiet = options.quiet ?? false;
    this.verbosity = Number(options.verbose ?? 0);
  }

  /** Text for people on stdout; nothing with --json. */
  text(text: string): void {
    if (!this.json) process.stdout.write(`${text}\n`);
  }

  /** One document on stdout with --json; nothing without. */
  document(schema: string, value: object): void {
    if (this.json) process.stdout.write(`${JSON.stringify({ schema, ...value }, jsonValue)}\n`);
  }

  /** A line on stderr; silenced by --quiet. */
  note(text: string): void {
    if (!this.quiet) process.stderr.write(`${text}\n`);
  }

  /** A line on stderr that only -v shows. */
  detail(text: string): void {
    if (this.verbosity > 0) process.stderr.write(`${this.err("dim", text)}\n`);
  }

  /** What to do next: a line on stderr. */
  next(command: string): void {
    this.note(`${this.err("dim", "Next:")} ${command}`);
  }

  /** Style for stdout. It follows `NO_COLOR`, `FORCE_COLOR` and `TERM=dumb`. */
  out(format: Format, text: string): string {
    return paint(process.stdout, format, text);
  }

  /** Style for stderr. */
  err(format: Format, text: string): string {
    return paint(process.stderr, format, text);
  }
}

/** JSON has no bigint and no NaN. */
function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

function paint(stream: NodeJS.WriteStream, format: Format, text: string): string {
  // One format at a time: for a list, Node 20 does not look at the stream.
  return process.env["TERM"] === "dumb" ? text : styleText(format, text, { stream });
}

/** True when a line may be rewritten: the stream is a terminal and `CI` is not set. */
export function isLive(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env["CI"] && process.env["TERM"] !== "dumb";
}

/** A number, a share, a range of shares, a time, or none of them. */
const NUMBER = /^(?:[-+−]?[\d.,/:]+(?:–[\d.]+)?(?: (?:%|s))?|–|)$/;

/** Rows with padded columns. Columns of numbers are right-aligned. Empty when there are no rows. */
export function table(rows: readonly (readonly string[])[], head?: readonly string[]): string {
  const all = head === undefined ? rows : [head, ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const right = widths.map(
    (_, column) => rows.length > 0 && rows.every((row) => NUMBER.test(row[column] ?? "")),
  );
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          right[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
