import { type ClientError, Status as StatusCode } from "nice-grpc-common";
import { EXIT, type ExitCode, SpiceError } from "../../app/errors.js";
import { ErrorInfo, RetryInfo } from "../../gen/google/rpc/error_details.js";
import { Status } from "../../gen/google/rpc/status.js";

/**
 * The failure of a call, in the terms of the contract (proto/spice/trainer/v1/common.proto,
 * ERRORS).
 */
export interface Failure {
  readonly code: StatusCode;
  /** Stable reason from the trainer; the name of the status code when the trainer gave none. */
  readonly reason: string;
  readonly message: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly resubmit: boolean;
  /** Milliseconds that the trainer asks the client to wait; null when it gave no delay. */
  readonly retryAfterMs: number | null;
  readonly facts: Readonly<Record<string, string>>;
}

/**
 * A `SpiceError` with the failure, which the retry policy needs. Code `TRAINER_` and the reason;
 * the exit code depends on the status code.
 */
export class TrainerError extends SpiceError {
  constructor(
    readonly failure: Failure,
    readonly method: string,
    cause?: unknown,
  ) {
    super(sentence(withSettings(failure.message)), {
      code: `TRAINER_${failure.reason}`,
      boundary: "trainer",
      where: method,
      hint: adviceFor(failure),
      exit: exitFor(failure.code),
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/**
 * The failure of a call, from the details in its trailing metadata. Without details, it is made
 * from the status alone.
 */
export function failureOf(error: ClientError, details: Uint8Array | string | undefined): Failure {
  if (details instanceof Uint8Array) {
    const status = decodeStatus(details);
    if (status !== null) return fromStatus(status);
  }
  return {
    code: error.code,
    reason: StatusCode[error.code] ?? "UNKNOWN",
    message: error.details,
    hint: "",
    retryable: error.code === StatusCode.UNAVAILABLE,
    resubmit: false,
    retryAfterMs: null,
    facts: {},
  };
}

/** The failure in a google.rpc.Status. Operations and trailing metadata contain such a status. */
export function fromStatus(status: Status): Failure {
  let info: ErrorInfo | null = null;
  let retryAfterMs: number | null = null;
  for (const { typeUrl, value } of status.details) {
    if (typeUrl.endsWith("/google.rpc.ErrorInfo")) info = ErrorInfo.decode(value);
    if (typeUrl.endsWith("/google.rpc.RetryInfo")) {
      const delay = RetryInfo.decode(value).retryDelay;
      if (delay !== undefined) retryAfterMs = Number(delay.seconds) * 1000 + delay.nanos / 1e6;
    }
  }
  const { hint = "", retryable, resubmit, category: _, ...facts } = info?.metadata ?? {};
  return {
    code: status.code,
    reason: info?.reason ?? StatusCode[status.code] ?? "UNKNOWN",
    message: status.message,
    hint,
    retryable: retryable === "true",
    resubmit: resubmit === "true",
    retryAfterMs,
    facts,
  };
}

function decodeStatus(bytes: Uint8Array): Status | null {
  try {
    return Status.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Makes a sentence with a capital letter and a full stop. The messages come from many libraries.
 */
function sentence(text: string): string {
  const trimmed = text.trim() || "The trainer gave no reason";
  // The name of a setting keeps its first letter.
  const capital = /^\w+\.\w/.test(trimmed) ? trimmed : trimmed[0]?.toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** Names of the contract, and the settings that have their values. */
const SETTINGS: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w.])max_context_tokens\b/g, "model.maxContextTokens"],
  [/(?<![\w.])compute_dtype\b/g, "model.computeDtype"],
  [/(?<![\w.])engine\.(?=[a-z_]+\b)/g, "trainer.engine."],
];

/** A text of the trainer with the names that the configuration has. */
function withSettings(text: string): string {
  return SETTINGS.reduce((shown, [name, setting]) => shown.replaceAll(name, setting), text);
}

function adviceFor({ code, hint }: Failure): string {
  // The trainer's hint is for programs that speak the contract.
  if (hint === "" || code === StatusCode.UNAUTHENTICATED) return hintFor(code);
  return sentence(withSettings(hint));
}

function exitFor(code: StatusCode): ExitCode {
  switch (code) {
    case StatusCode.UNAVAILABLE:
    case StatusCode.UNAUTHENTICATED:
    case StatusCode.DEADLINE_EXCEEDED:
    case StatusCode.RESOURCE_EXHAUSTED:
    case StatusCode.FAILED_PRECONDITION:
      return EXIT.environment;
    case StatusCode.INVALID_ARGUMENT:
    case StatusCode.OUT_OF_RANGE:
    case StatusCode.UNIMPLEMENTED:
    case StatusCode.NOT_FOUND:
      return EXIT.usage;
    case StatusCode.DATA_LOSS:
      return EXIT.verification;
    default:
      return EXIT.unexpected;
  }
}

function hintFor(code: StatusCode): string {
  switch (code) {
    case StatusCode.UNAVAILABLE:
      return "Check that the trainer is running and that trainer.address is its address; `spice doctor` checks more.";
    case StatusCode.UNAUTHENTICATED:
      return "Set SPICE_TRAINER_TOKEN to the content of the trainer's token file.";
    case StatusCode.DEADLINE_EXCEEDED:
      return "The trainer hangs or the machine is overloaded; the trainer's log shows its last work.";
    case StatusCode.UNIMPLEMENTED:
      return "This trainer does not declare the call; `spice doctor` prints its declaration.";
    default:
      return "The trainer's log has the details.";
  }
}
