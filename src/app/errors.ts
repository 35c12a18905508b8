/**
 * The part of the system that a failure comes from. The code that first catches a failure names the
 * part.
 */
export type Boundary =
  | "config"
  | "corpus"
  | "model"
  | "trainer"
  | "events"
  | "store"
  | "install"
  | "run"
  | "verification"
  | "own-code"
  | "cli";

/** Exit codes of the program (docs/cli.md). */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  environment: 3,
  guard: 4,
  verification: 5,
  sigint: 130,
  sigterm: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface SpiceErrorOptions {
  /** Stable, UPPER_SNAKE_CASE, for scripts to match on. */
  readonly code: string;
  readonly boundary: Boundary;
  /** What to do about it. */
  readonly hint: string;
  /** Where: a config path, a file and line, an address. */
  readonly where?: string;
  readonly exit?: ExitCode;
  readonly cause?: unknown;
}

/**
 * An expected failure: the message says what happened, `where` says where, and `hint` says what to
 * do. Unexpected failures have a stack trace instead.
 */
export class SpiceError extends Error {
  readonly code: string;
  readonly boundary: Boundary;
  readonly hint: string;
  readonly where: string | undefined;
  readonly exit: ExitCode;

  constructor(message: string, options: SpiceErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SpiceError";
    this.code = options.code;
    this.boundary = options.boundary;
    this.hint = options.hint;
    this.where = options.where;
    this.exit = options.exit ?? EXIT.unexpected;
  }

  /** The same failure with another hint, and without its place. */
  withoutPlace(hint: string): SpiceError {
    const { message, code, boundary, exit } = this;
    return new SpiceError(message, { code, boundary, hint, exit, cause: this });
  }
}
