/**
 * Everything that is logged, stored as a run's description or shown in an error goes through these
 * functions, so that no secret leaves the process. trainer-py/spice_trainer/server/redaction.py has
 * the same rules. Both are tested with the examples of tests/fixtures/redaction.json.
 */

const HIDDEN = "***";
/** Known secrets below this length are not searched for, because they would hide ordinary words. */
const SHORTEST_KNOWN = 8;

const NAMES = "token|password|passwd|passphrase|secret|credentials?|api[_-]?key|access[_-]?key";
// Patterns begin with a literal, so that a long text needs one pass.
const URL_USER = /:\/\/[^\s/"'<>]*@/g;
// `<token>` in angle brackets is a place to fill in.
const AUTHORIZATION = /(authorization["']?\s*[:=]\s*["']?(?:bearer|basic)\s+)(?!<)[^\s"',;]+/gi;
const BEARER = /(\bbearer\s+)[A-Za-z0-9._~+/-]{8,}=*/gi;
const HUB_TOKEN = /\b(?:hf|api_org)_[A-Za-z0-9]{16,}/g;
const ASSIGNED = new RegExp(
  `((?:${NAMES})(?:["']?\\s*=\\s*|["']\\s*:\\s*))(?:"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'|[^\\s"',;&}]+)`,
  "gi",
);
const SECRET_NAME = new RegExp(`(?:${NAMES})$`, "i");

/**
 * Replaces secrets in a text by `***`: user and password of URLs, bearer and basic credentials,
 * tokens of model hubs, values written as `<name>token=...` or `"...token": ...` (also password,
 * secret, api key), and every text of `known` with at least 8 characters.
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

/**
 * Redacts the texts of a JSON value. A text under the name of a secret (`apiKey`) is replaced
 * completely. Other values stay as they are.
 */
export function redactValue<T>(value: T, known: readonly string[] = []): T {
  return walk(value, known) as T;
}

/**
 * Path of the first secret in a value that must not contain one, for example `a.b.c`; null without
 * a secret.
 */
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

/**
 * Secrets in environment variables: variables with the name of a secret (`HF_TOKEN`), and passwords
 * of URLs (`HTTPS_PROXY`).
 */
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

/**
 * Plain objects are recognized by the name of their constructor: an object from another JavaScript
 * realm (a test's sandbox) has another prototype.
 */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === "[object Object]";
}
