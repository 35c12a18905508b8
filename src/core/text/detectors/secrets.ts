/** Formats that issuers publish so that scanners can find them. Each begins with a literal, so a long text costs one pass. */
const FORMATS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["private key", /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/],
  ["AWS access key", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["GitHub token", /\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}\b/],
  ["GitLab token", /\bglpat-[A-Za-z0-9_-]{20,}/],
  ["Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/],
  ["Google API key", /\bAIza[A-Za-z0-9_-]{35}/],
  ["model provider key", /\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,}/],
  ["model hub token", /\bhf_[A-Za-z0-9]{16,}\b/],
  ["npm token", /\bnpm_[A-Za-z0-9]{36}\b/],
  ["Stripe key", /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}\b/],
  ["JSON web token", /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/],
  ["password in an address", /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s/:@]{1,64}:[^\s/@]{3,128}@/i],
];

/** `password = hunter2x9`: a name of a secret, and a value of 8 characters or more with letters and digits. */
const ASSIGNED =
  /\b(?:password|passwd|passphrase|secret|api[_ -]?key|access[_ -]?key|auth[_ -]?token|credentials?)["']?\s*(?:is|[:=])\s*["']?(?=[^\s"']*\d)(?=[^\s"']*[A-Za-z])[^\s"'<>(){}[\]]{8,}/i;

/** What kind of secret a text holds; null when none is found. The secret itself is never repeated. */
export function findSecretKind(text: string): string | null {
  const known = FORMATS.find(([, pattern]) => pattern.test(text));
  if (known !== undefined) return known[0];
  return ASSIGNED.test(text) ? "password or key" : null;
}
