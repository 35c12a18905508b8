import type { Refused } from "../records/finding.js";
import type { PatternSet } from "../text/patterns.js";

/**
 * What happens with a finding of a check. `off`: the check is not run. `count`: the finding is
 * noted. `refuse`: the document or proposal is refused.
 */
export type Severity = "off" | "count" | "refuse";

/** Outcome of a check: nothing to object to, or the reason code and a sentence for people. */
export type CheckResult<Code extends string = string> = { readonly ok: true } | Refused<Code>;

/**
 * Everything that a check says about itself. The configuration's schema, the reports' labels, the
 * stages of the funnel and the tables of the documents are derived from it.
 */
export interface CheckDescription<
  Setting extends string | null = string | null,
  Code extends string = string,
  Stage extends string = string,
> {
  /**
   * Path of the check's setting in its section of the configuration: `deixis`, `document.secrets`.
   * Null: the check is always on. Two checks may share a setting.
   */
  readonly setting: Setting;
  /**
   * Reason codes of the check, each with its label in reports. Episodes and metrics store the
   * codes, so the name of a code never changes. Two checks that share a code give it the same
   * label.
   */
  readonly codes: Readonly<Record<Code, string>>;
  /** The part of the way in which the check is made. */
  readonly stage: Stage;
  /** What the check demands, in a sentence or two. */
  readonly describe: string;
  /**
   * What the paper does about it, for example `not checked`. Default: nothing is said about the
   * paper.
   */
  readonly paper?: string;
  /**
   * Severity in the preset `demo`. Default: `off`. In the preset `spice` every check with a setting
   * is off.
   */
  readonly demo?: Severity;
  /** The work of one run of the check, in a few words: `regular expressions`, `one look-up`. */
  readonly cost: string;
  /** The pattern sets that the check uses. A test runs their examples. */
  readonly patterns?: readonly PatternSet[];
}

/**
 * A check that can be run. `Input` is what it looks at: a text, a document, a candidate. A check
 * asks for the fields that it needs and no others, so that it can be run wherever those are known.
 */
export interface Check<
  Input,
  Setting extends string | null = string | null,
  Code extends string = string,
  Stage extends string = string,
> extends CheckDescription<Setting, Code, Stage> {
  /** Pure and total: the same input gives the same result, and no input throws. */
  readonly run: (input: Input) => CheckResult<Code>;
}

/**
 * Declare a check. The types of its setting, codes and stage are kept, so that lists of checks can
 * be turned into unions, and `run` can refuse with the check's own codes only.
 *
 * @example
 * export const shortText = defineCheck({
 *   setting: "shortText",
 *   codes: { text_short: "text is too short" },
 *   stage: "filter",
 *   describe: "The text has 100 characters or more.",
 *   cost: "one comparison",
 *   run: ({ text }: { readonly text: string }) =>
 *     text.length < 100
 *       ? refused("text_short", `The text has ${text.length} characters.`)
 *       : PASSED,
 * });
 */
export function defineCheck<
  Input,
  const Setting extends string | null,
  const Code extends string,
  const Stage extends string,
>(check: Check<Input, Setting, Code, Stage>): Check<Input, Setting, Code, Stage> {
  return check;
}

/**
 * Declare a check that is run elsewhere, because it needs more than data: a parser, samples of the
 * model.
 */
export function describeCheck<
  const Setting extends string | null,
  const Code extends string,
  const Stage extends string,
>(check: CheckDescription<Setting, Code, Stage>): CheckDescription<Setting, Code, Stage> {
  return check;
}

/** The check has nothing to object to. */
export const PASSED: { readonly ok: true } = { ok: true };

/** The check found something. */
export function refused<const Code extends string>(code: Code, detail: string): Refused<Code> {
  return { ok: false, code, detail };
}

/**
 * The result for what a detector found.
 *
 * @param found null when nothing was found
 * @param say the sentence for people
 */
export function refusedIf<const Code extends string>(
  found: string | null,
  code: Code,
  say: (found: string) => string,
): CheckResult<Code> {
  return found === null ? PASSED : refused(code, say(found));
}

/** A text for a detail: at most 80 characters. */
export function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
