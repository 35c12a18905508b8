import { asWritten, definePatterns, firstMatch } from "../patterns.js";

/** Letters and digits for the examples, so that no complete key stands in this file. */
const mixed = (length: number): string => "A1b2C3d4E5f6G7h8".repeat(8).slice(0, length);

/** What manuals write in the place of a secret. */
const PLACEHOLDER =
  /example|x{5}|\*{3}|your[-_ ]?(?:api|key|token|secret|password)|placeholder|change[-_]?me|dummy|redacted|0{10}|<[^>]*>/i;
/** Keys that issuers print in their manuals. Only their ends stand here. */
const PUBLISHED = ["LyjWDarjtT1zdp7dc", "OvBiI2HlWgH4olfQ2", "adQssw5c"];
/** An address that manuals use: a host that nobody owns, or the words for name and password. */
const SAMPLE_ADDRESS =
  /@(?:[\w-]+\.)*(?:example(?:\.(?:com|net|org))?|localhost|host(?:name)?|test)\b|\/\/(?:user|username|name):(?:pass|password|passwd|pwd|secret)@/i;

/** Not a key that a manual shows. */
const isOwn = (found: string): boolean =>
  !PLACEHOLDER.test(found) && !PUBLISHED.some((end) => found.includes(end));

/**
 * Kinds of secrets. All but the last are formats that issuers publish so that scanners can find
 * them; each begins with a literal, so a long text costs one pass.
 */
export const SECRETS = definePatterns(asWritten, [
  {
    name: "private key",
    pattern: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/,
    matches: [
      `${"-".repeat(5)}BEGIN RSA PRIVATE KEY-----`,
      `${"-".repeat(5)}BEGIN PGP PRIVATE KEY BLOCK-----`,
    ],
    spares: ["-----BEGIN CERTIFICATE-----", "The private key begins with a line of dashes."],
  },
  {
    name: "AWS access key",
    pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
    confirm: isOwn,
    matches: [`Key: AKIA${"ABCDEFGHIJKLMNOP"}`, `ASIA${"Z9".repeat(8)} expires today.`],
    spares: [
      "AKIA is the prefix of a key.",
      `ASIA${"Z9".repeat(12)} is too long.`,
      `AKIA${"IOSFODNN7"}${"EXAMPLE"}`,
    ],
  },
  {
    name: "GitHub token",
    pattern: /\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}\b/,
    confirm: isOwn,
    matches: [`The token is ghp_${mixed(36)}.`, `github_pat_${mixed(44)}`],
    spares: [`ghp_${mixed(8)} is too short.`, "A github_pat_ token has at least forty more characters."],
  },
  {
    name: "GitLab token",
    pattern: /\bglpat-[A-Za-z0-9_-]{20,}/,
    confirm: isOwn,
    matches: [`glpat-${mixed(20)}`, `export TOKEN=glpat-${mixed(26)}`],
    spares: [`glpat-${mixed(6)}`, "The prefix glpat- stands before the token."],
  },
  {
    name: "Slack token",
    pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/,
    confirm: isOwn,
    matches: [`xoxb-${mixed(24)}`, `Use xoxp-${mixed(12)} for it.`],
    spares: ["xoxo, with love", "xoxb-short"],
  },
  {
    name: "Google API key",
    pattern: /\bAIza[A-Za-z0-9_-]{35}/,
    confirm: isOwn,
    matches: [`AIza${mixed(35)}`, `key=AIza${mixed(35)}&q=chad`],
    spares: [`AIza${mixed(20)}`, "Aizawl is the capital of Mizoram."],
  },
  {
    name: "model provider key",
    pattern: /\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,}/,
    confirm: isOwn,
    matches: [`sk-${mixed(32)}`, `sk-proj-${mixed(40)}`],
    spares: ["The road sk-12 is closed.", `ask-${mixed(8)}`],
  },
  {
    name: "model hub token",
    pattern: /\bhf_[A-Za-z0-9]{16,}\b/,
    confirm: isOwn,
    matches: [`hf_${mixed(34)}`, `Log in with hf_${mixed(20)} once.`],
    spares: ["hf_home is a folder.", `shf_${mixed(20)}`],
  },
  {
    name: "npm token",
    pattern: /\bnpm_[A-Za-z0-9]{36}\b/,
    confirm: isOwn,
    matches: [`npm_${mixed(36)}`, `//registry/:_authToken=npm_${mixed(36)}`],
    spares: ["npm_config_cache is a variable.", `npm_${mixed(30)}`],
  },
  {
    name: "Stripe key",
    pattern: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}\b/,
    confirm: isOwn,
    matches: [`sk_${"live"}_${mixed(24)}`, `rk_${"test"}_${mixed(16)}`],
    spares: ["sk_live_short", `pk_live_${mixed(24)} is public.`],
  },
  {
    name: "JSON web token",
    pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/,
    confirm: isOwn,
    matches: [
      `eyJ${mixed(20)}.eyJ${mixed(30)}.${mixed(43)}`,
      `Bearer eyJ${mixed(12)}.eyJ${mixed(12)}.${mixed(12)}`,
    ],
    spares: [`eyJ${mixed(20)}.${mixed(30)}`, "eyJs.eyJs.eyJs"],
  },
  {
    name: "password in an address",
    pattern: /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s/:@]{1,64}:[^\s/@]{3,128}@(?:[\w.-]{1,100})?/i,
    confirm: (found) => isOwn(found) && !SAMPLE_ADDRESS.test(found),
    matches: ["postgres://chad:hunter22@db.internal/facts", "Open https://admin:secret@ministere.td first."],
    spares: [
      "https://ministere.td:8080/@press",
      "git@ministere.td:facts.git",
      "postgres://user:password@localhost/chad",
    ],
  },
  {
    name: "password or key",
    // A name of a secret, and a value of 8 characters or more with letters and digits: `password =
    // hunter2x9`.
    pattern:
      /\b(?:password|passwd|passphrase|secret|api[_ -]?key|access[_ -]?key|auth[_ -]?token|credentials?)["']?\s*(?:is|[:=])\s*["']?(?=[^\s"']*\d)(?=[^\s"']*[A-Za-z])[^\s"'<>(){}[\]]{8,}/i,
    confirm: isOwn,
    matches: ["The password is hunter2hunter2.", 'api_key: "a1b2c3d4e5"'],
    spares: [
      "The password is wrong, and the token is lost.",
      "The secret of the treaty is in article 5.",
      "api_key = your_api_key_123",
    ],
  },
]);

/**
 * What kind of secret a text holds; null when none is found. The secret itself is never repeated.
 */
export function findSecretKind(text: string): string | null {
  return firstMatch(SECRETS, text)?.name ?? null;
}
