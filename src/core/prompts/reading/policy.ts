import {
  type AnswerPolicy,
  type AnswerType,
  DATE_PRECISIONS,
  type ElementType,
  FREE_ANSWER_TYPES,
} from "../../records/answer.js";
import { writtenNumber } from "../../text/written-json.js";

/** Largest number of aliases in a proposal, because every alias makes its question easier. */
const MAX_ALIASES = 4;
const MAX_ALIAS = 100;
/** Longest tolerance or unit, in UTF-16 code units. */
const MAX_DETAIL = 40;

/** The policy fields of a proposal, as they were written. Absent and empty mean the same. */
export interface PolicyText {
  readonly tolerance?: unknown;
  readonly unit?: unknown;
  readonly precision?: unknown;
  readonly elements?: unknown;
  readonly aliases?: unknown;
}

/**
 * The policy that a proposal declares for its type: `undefined` when it declares none, null when it
 * cannot be understood. Fields that the type does not use are not read.
 */
export function readPolicy(type: AnswerType, text: PolicyText): AnswerPolicy | null | undefined {
  const fields = FIELDS[type] ?? [];
  let policy: AnswerPolicy = {};
  for (const field of fields) {
    const value = text[field];
    if (value === undefined || value === null || value === "") continue;
    const read = READERS[field](value);
    if (read === null) return null;
    policy = { ...policy, ...read };
  }
  return Object.keys(policy).length === 0 ? undefined : policy;
}

/**
 * The names of the policy fields in a proposal of either family, in the order in which they are
 * written.
 */
const FIELDS: Partial<Readonly<Record<AnswerType, readonly (keyof PolicyText)[]>>> = {
  number: ["tolerance"],
  quantity: ["unit", "tolerance"],
  string: ["aliases"],
  date: ["precision"],
  list: ["elements"],
  set: ["elements"],
};

const READERS: Readonly<Record<keyof PolicyText, (value: unknown) => AnswerPolicy | null>> = {
  tolerance: (value) => {
    const text = writtenNumber(value) ?? value;
    return isShort(text) ? { tolerance: text.trim() } : null;
  },
  unit: (value) => (isShort(value) ? { unit: value.trim() } : null),
  precision: (value) => {
    const precision = DATE_PRECISIONS.find((one) => one === lower(value));
    return precision === undefined ? null : { precision };
  },
  elements: (value) => {
    const type = FREE_ANSWER_TYPES.find((one) => one === lower(value));
    return type === undefined || type === "list" || type === "set"
      ? null
      : { elements: type satisfies ElementType };
  },
  aliases: (value) => {
    if (!Array.isArray(value) || value.length > MAX_ALIASES) return null;
    const aliases = value.filter((one): one is string => typeof one === "string" && one.length <= MAX_ALIAS);
    if (aliases.length < value.length) return null;
    return aliases.length === 0 ? {} : { aliases };
  },
};

function isShort(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_DETAIL;
}

function lower(value: unknown): string {
  return typeof value === "string" ? value.trim().toLowerCase() : "";
}
