import type { AnswerPolicy, ElementType } from "../records/answer.js";
import { counted } from "../text/counted.js";
import { type AnswerKind, readText, rightIf } from "./kind.js";
import { itemReadings } from "./list-items.js";

/**
 * The possible readings of a list: its elements for each way to read its commas and "and"s, the
 * plainest reading first.
 */
type Readings = readonly (readonly unknown[])[];

/** Largest number of elements. It also limits the comparisons of a set to its square. */
const MAX_ELEMENTS = 32;

/**
 * Lists and sets with elements of one type. The number of elements must be equal, and each element
 * is compared as its own type. A list keeps its order unless the comparison rules say `any`. A set
 * has no order and no element twice. A gold answer has one reading (write it with `;`). An answer
 * is right when one of its readings is the gold answer, because "Trinidad and Tobago, Chad" is two
 * elements or three.
 */
export function sequenceKind(
  shape: "list" | "set",
  kindOf: (type: ElementType) => AnswerKind<unknown>,
): AnswerKind<Readings> {
  const same = (one: unknown, other: unknown, policy: AnswerPolicy) =>
    kindOf(policy.elements ?? "string").compare(one, other, policy) === "correct";
  const repeats = (elements: readonly unknown[], policy: AnswerPolicy) =>
    elements.some((one, index) => elements.slice(0, index).some((before) => same(before, one, policy)));
  return {
    read(text, policy) {
      const type = policy.elements ?? "string";
      const kind = kindOf(type);
      const readings = itemReadings(text, type).flatMap((parts) => {
        if (parts.length > MAX_ELEMENTS || parts.includes("")) return [];
        const elements = parts.map((part) => readText(kind, part, policy));
        return elements.includes(null) ? [] : [elements];
      });
      return readings.length === 0 ? null : readings;
    },
    accepts(gold, policy) {
      const elements = gold[0] ?? [];
      const { accepts } = kindOf(policy.elements ?? "string");
      const each = accepts === undefined || elements.every((one) => accepts(one, policy));
      return each && !(shape === "set" && repeats(elements, policy));
    },
    isOpaque(gold, policy) {
      const { isOpaque } = kindOf(policy.elements ?? "string");
      return isOpaque !== undefined && (gold[0] ?? []).some((one) => isOpaque(one, policy));
    },
    compare(gold, given, policy) {
      const wanted = gold[0] ?? [];
      const ordered = shape === "list" && policy.order !== "any";
      const matches = (elements: readonly unknown[]): boolean => {
        if (elements.length !== wanted.length) return false;
        if (ordered) return wanted.every((one, index) => same(one, elements[index], policy));
        if (shape === "set" && repeats(elements, policy)) return false;
        const left = [...elements];
        return wanted.every((one) => {
          const at = left.findIndex((other) => same(one, other, policy));
          if (at >= 0) left.splice(at, 1);
          return at >= 0;
        });
      };
      return rightIf(given.some(matches));
    },
    describe(readings, policy) {
      const { describe } = kindOf(policy.elements ?? "string");
      const show = (one: unknown) => describe?.(one, policy) ?? "?";
      return readings
        .map((elements) => `${counted(elements.length, "element")}: ${elements.map(show).join(" | ")}`)
        .join("; or ");
    },
  };
}
