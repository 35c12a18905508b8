import type { FreeAnswerType } from "../../records/answer.js";
import type { SlotValues } from "../template.js";

/** Names of the slots that only the prompts of the paper have. */
export const PAPER_SLOTS: readonly string[] = ["material", "answer_value", "more_fields"];

/** The slots of the Challenger's prompt for a type of answer. */
export function paperTypeSlots(type: FreeAnswerType): SlotValues {
  return {
    type: TYPE_NAMES[type],
    form: TYPE_RULES[type],
    material: EXTRACTION[type],
    answer_value: isMany(type) ? '["item", "..."]' : '"the answer alone"',
    more_fields: DETAILS[type] ?? "",
  };
}

const TYPE_NAMES: Readonly<Record<FreeAnswerType, string>> = {
  integer: "Integer",
  expression: "Expression",
  string: "String",
  number: "Number",
  quantity: "Quantity",
  date: "Date",
  boolean: "Boolean",
  list: "List",
  set: "Set",
};

const TYPE_RULES: Readonly<Record<FreeAnswerType, string>> = {
  integer: "a whole number in digits, without unit, words or calculation",
  expression: "one exact formula or value in its simplest standard form, written one way only",
  string: "a precise term or name of one to three words, without a sentence around it",
  number: "a number in digits, decimals where needed, without a unit",
  quantity: "a number with its unit, such as 640 km or 12.5 USD per kg",
  date: "a day such as 1 July 1962, a month such as July 1962, or a year, as the question asks",
  boolean: "yes or no, to a question whose answer is not obvious from its wording",
  list: "several short items in an order that the question defines",
  set: "several different short items without order; the question makes clear which belong to it",
};

/** More fields of the JSON object, for types whose answers need a policy. */
const DETAILS: Partial<Readonly<Record<FreeAnswerType, string>>> = {
  number: '"tolerance": "how far an answer may be off, as 0.5 or 1%, or null",',
  quantity: `"unit": "the unit, if the answer is a bare number, or null",
  "tolerance": "how far an answer may be off, in that unit or as 1%, or null",`,
  date: '"precision": "day, month or year",',
  list: '"element_type": "String, Integer, Number, Quantity, Expression, Date or Boolean",',
  set: '"element_type": "String, Integer, Number, Quantity, Expression, Date or Boolean",',
};

const EXTRACTION: Readonly<Record<FreeAnswerType, string>> = {
  integer: "quantities, counts and dates that can be combined in a calculation with a whole-number result",
  expression: "quantities or relations from which a formula or exact value follows",
  string: "specific terms, names or categories that can be identified by reasoning from their properties",
  number: "measurements and ratios that can be combined in a calculation",
  quantity: "measurements with units that can be compared, converted or combined",
  date: "dates, durations and the order of events",
  boolean: "statements that can be proved or refuted by combining facts",
  list: "items that can be put in an order by facts about them",
  set: "items that share a property, all of which are named",
};

function isMany(type: FreeAnswerType): boolean {
  return type === "list" || type === "set";
}
