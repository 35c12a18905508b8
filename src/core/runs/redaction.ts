/**
 * Secrets leave no process: one function for everything that is logged, stored as a run's description or shown in an error. The
 * same rules, tested with the same examples (tests/fixtures/redaction.json), are trainer-py/spice_trainer/server/redaction.py.
 */

const HIDDEN = "***";
/** A shorter known secret is not searched for: it would hide ordinary words too. */
const SHORTEST_KNOWN = 8;

const NAMES = "token|password|passwd|passphrase|secret|credentials?|api[_-]?key|access[_-]?key";
// Patterns begin with a literal, so that a long text costs one pass.
const URL_USER = /:\/\/[^\s/"'<>]*@/g;
const AUTHORIZATION = /(authorization["']?\s*[:=]\s*["']?(?:bearer|basic)\s+)[^\s"',;]+/gi;
const BEARER = /(\bbearer\s+)[A-Za-z0-9._~+/-]{8,}=*/gi;
const HUB_TOKEN = /\b(?:hf|api_org)_[A-Za-z0-9]{16,}/g;
const ASSIGNED = new RegExp(
  `((?:${NAMES})(?:["']?\\s*=\\s*|["']\\s*:\\s*))(?:"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'|[^\\s"',;&}]+)`,
  "gi",
);
const SECRET_NAME = new RegExp(`(?:${NAMES})$`, "i");

/**
 * `text` with secrets replaced by `***`. Hidden are: user and password of URLs, bearer and basic credentials, model-hub tokens,
 * values written as `<something>token=...` or `"...token": ...` (password, secret, api key likewise), and every text of `known`
 * that has 8 characters or more.
 */
export function redact(text: string, known: readonly string[] = []): string {
  const wanted = known.filter((one) => one.length >= SHORTEST_KNOWN).sort((a, b) => b.length - a.length);
  let out = text;
  for (const secret of wanted) out = out.replaceAll(secret, HIDDEN);
  return out
    .replace(URL_USER, `://${HIDDEN}@`)
    .replace(AUTHORIZATION, `$1${HIDDEN}`)
    .replace(BEARER, `$1${HIDDEN}`)
    .replace(HUB_TOKEN, HIDDEN)
    .replace(ASSIGNED, `$1${HIDDEN}`);
}

/** A JSON value whose texts are redacted; a text under a secret's name (`apiKey`) goes whole. Anything else stays as it is. */
export function redactValue<T>(value: T, known: readonly string[] = []): T {
  return walk(value, known) as T;
}

/** Path of the first secret in a value that must not hold one, `a.b.c`; null when there is none. */
export function findSecret(value: unknown, path = ""): string | null {
  if (typeof value === "string") return redact(value) === value ? null : path;
  if (typeof value !== "object" || value === null) return null;
  for (const [key, child] of Object.entries(value)) {
    const inner = path === "" ? key : `${path}.${key}`;
    if (isSecret(key, child)) return inner;
    const found = findSecret(child, inner);
    if (found !== null) return found;
  }
  return null;
}

/** Secrets that environment variables hold: those named so (`HF_TOKEN`), and passwords of URLs (`HTTPS_PROXY`). */
export function knownSecrets(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const found = Object.entries(environment).flatMap(([name, value = ""]) =>
    SECRET_NAME.test(name) ? [value.trim()] : (/:\/\/[^\s/:@]*:([^\s/@]+)@/.exec(value)?.slice(1) ?? []),
  );
  return found.filter((one) => one.length >= SHORTEST_KNOWN);
}

function walk(value: unknown, known: readonly string[]): unknown {
  if (typeof value === "string") return redact(value, known);
  if (Array.isArray(value)) return value.map((one) => walk(one, known));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, isSecret(key, child) ? HIDDEN : walk(child, known)]),
  );
}

const isSecret = (key: string, value: unknown): boolean =>
  SECRET_NAME.test(key) && typeof value === "string" && value !== "";

/** Judged by its name: an object that crossed from another realm (a test's sandbox) has that realm's prototype. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === "[object Object]";
}
