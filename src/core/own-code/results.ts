import type { CheckResult } from "../checks/check.js";
import type { Fact } from "../records/document.js";
import type { OwnDocument, OwnSkip } from "./definitions.js";

/** A value that a module of the user must not give. The message is a sentence for people. */
export class WrongResult extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WrongResult";
  }
}

/** A value in a few words: `NaN`, `undefined`, `a promise`, `the text "abc"`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined || typeof value === "number" || typeof value === "boolean")
    return String(value);
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 40))}`;
  if (typeof value === "object" && typeof (value as { then?: unknown }).then === "function")
    return "a promise";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object"
    ? `an object with ${Object.keys(value).slice(0, 5).join(", ")}`
    : `a ${typeof value}`;
}

/**
 * A finite number.
 *
 * @throws WrongResult
 */
export function readReward(value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new WrongResult(`A reward must return a finite number, not ${describeValue(value)}.`);
}

/** The reason code of a check that declares no codes. */
export const defaultCode = (name: string): string => `own_${name.replaceAll("-", "_")}`;

/**
 * All reason codes of a check, each with its label in reports.
 *
 * @throws WrongResult when a code does not begin with `own_`, or has no label
 */
export function codesOf(check: {
  readonly name: string;
  readonly label?: string;
  readonly codes?: Readonly<Record<string, string>>;
}): Readonly<Record<string, string>> {
  const declared = check.codes ?? {};
  for (const [code, label] of Object.entries(declared)) {
    if (!/^own_[a-z0-9_]{1,40}$/.test(code))
      throw new WrongResult(`The code ${code} must be \`own_\` and small letters, digits or underscores.`);
    if (typeof label !== "string" || label.trim() === "")
      throw new WrongResult(`The code ${code} must have a label.`);
  }
  return { [defaultCode(check.name)]: check.label ?? `refused by the check ${check.name}`, ...declared };
}

/** Longest sentence of a check that is stored, in UTF-16 code units. */
const DETAIL_LENGTH = 500;

/**
 * The outcome of a check.
 *
 * @param codes all codes that the check may give
 * @throws WrongResult
 */
export function readCheckResult(
  value: unknown,
  name: string,
  codes: Readonly<Record<string, string>>,
): CheckResult {
  if (value === null) return { ok: true };
  const { code, detail } =
    typeof value === "string"
      ? { code: defaultCode(name), detail: value }
      : typeof value === "object" && !Array.isArray(value)
        ? (value as { code?: unknown; detail?: unknown })
        : {};
  if (typeof code !== "string" || typeof detail !== "string")
    throw new WrongResult(
      `A check must return null, a sentence, or { code, detail }, not ${describeValue(value)}.`,
    );
  if (!Object.hasOwn(codes, code))
    throw new WrongResult(
      `The check gave the code ${code}, which it does not declare; it has ${Object.keys(codes).join(", ")}.`,
    );
  return { ok: false, code, detail: detail.slice(0, DETAIL_LENGTH) };
}

const TEXT_FIELDS = ["title", "id", "url", "license", "language", "kind", "subject", "splitKey"] as const;
const FIELDS: ReadonlySet<string> = new Set(["text", "facts", "optOut", ...TEXT_FIELDS]);

/**
 * A document, or a part that is left out.
 *
 * @throws WrongResult
 */
export function readDocument(value: unknown): OwnDocument | OwnSkip {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new WrongResult(`A document must be an object with a text, not ${describeValue(value)}.`);
  const record = value as Readonly<Record<string, unknown>>;
  if (typeof record["skip"] === "string") {
    const { id } = record;
    return { skip: record["skip"], ...(typeof id === "string" && { id }) };
  }
  if (typeof record["text"] !== "string")
    throw new WrongResult(`A document must have a text; its \`text\` is ${describeValue(record["text"])}.`);
  const unknown = Object.keys(record).find((name) => !FIELDS.has(name));
  if (unknown !== undefined)
    throw new WrongResult(
      `A document has no field \`${unknown}\`; its fields are ${[...FIELDS].join(", ")}.`,
    );
  for (const name of TEXT_FIELDS)
    if (record[name] !== undefined && typeof record[name] !== "string")
      throw new WrongResult(`The field \`${name}\` must be a text, not ${describeValue(record[name])}.`);
  const { optOut, facts } = record;
  if (optOut !== undefined && typeof optOut !== "boolean")
    throw new WrongResult(`The field \`optOut\` must be true or false, not ${describeValue(optOut)}.`);
  if (facts !== undefined && !(Array.isArray(facts) && facts.every(isFact)))
    throw new WrongResult("The field `facts` must be a list of { field, subject, values }, all texts.");
  return value as OwnDocument;
}

/**
 * A list of documents.
 *
 * @throws WrongResult
 */
export function readDocuments(value: unknown): readonly (OwnDocument | OwnSkip)[] {
  if (!Array.isArray(value))
    throw new WrongResult(`A reader must return a list of documents, not ${describeValue(value)}.`);
  return value.map(readDocument);
}

function isFact(value: unknown): value is Fact {
  const { field, subject, values } = (value ?? {}) as Partial<Fact>;
  return (
    typeof field === "string" &&
    typeof subject === "string" &&
    Array.isArray(values) &&
    values.length > 0 &&
    values.every((one) => typeof one === "string")
  );
}
