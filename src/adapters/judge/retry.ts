/** Milliseconds before the second and the third attempt. There is no fourth attempt. */
const PAUSES_MS = [250, 1000] as const;

/** How a request failed. */
export type RequestFailure =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "unreachable" }
  | { readonly kind: "timeout" }
  | { readonly kind: "malformed" };

/**
 * Milliseconds before a request is repeated; null to give up. Failures that may end soon are
 * repeated: no connection, too many requests, a server error. A request with a timeout or a
 * malformed response would fail again.
 *
 * @param tries number of attempts so far
 */
export function pauseBeforeRetry(failure: RequestFailure, tries: number): number | null {
  const passing =
    failure.kind === "unreachable" ||
    (failure.kind === "status" && (failure.status === 429 || failure.status >= 500));
  return passing ? (PAUSES_MS[tries - 1] ?? null) : null;
}
