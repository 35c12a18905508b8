/** The one boundary a failure crossed; errors are attributed to it once, where they are caught. */
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
  | "cli";

/** Process exit codes (documented in docs/cli.md). */
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

/** An expected failure: what happened (message), where, and what to do (hint). Stack traces are for unexpected ones. */
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
}
