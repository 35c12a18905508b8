/** Waits before a second and a third try, milliseconds; there is no fourth. */
const PAUSES_MS = [250, 1000] as const;

/** How one request went wrong. */
export type RequestFailure =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "unreachable" }
  | { readonly kind: "timeout" }
  | { readonly kind: "malformed" };

/**
 * Milliseconds to wait before a request is tried again; null to give up. What may pass is tried again: no connection, too many
 * requests, a server's own fault. A request that took too long, or came back as nonsense, would do so again.
 *
 * @param tries how often it was tried
 */
export function pauseBeforeRetry(failure: RequestFailure, tries: number): number | null {
  const passing =
    failure.kind === "unreachable" ||
    (failure.kind === "status" && (failure.status === 429 || failure.status >= 500));
  return passing ? (PAUSES_MS[tries - 1] ?? null) : null;
}
