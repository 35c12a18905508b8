import type { ReasonCode } from "../records/finding.js";
import { CHECKS, MODEL_CHECKS } from "./checks.js";
import type { RefusalStage } from "./stages.js";

type Registered = (typeof CHECKS)[number];

/** The reason codes of the checks of type `C`. */
type CodesOf<C> = C extends { readonly codes: Readonly<Record<infer Code, string>> } ? Code : never;

/** The reason codes of all checks: why a proposal was refused. */
export type RefusalCode = CodesOf<Registered>;

/** The reason codes of the stages `checks` and `memory`. */
export type AdmissionCode = CodesOf<Extract<Registered, { readonly stage: "checks" | "memory" }>>;

interface Reason {
  readonly code: RefusalCode;
  readonly label: string;
  readonly stage: RefusalStage;
}

/** Every reason code once, in the order of `CHECKS`. */
const REASONS: readonly Reason[] = [
  ...new Map(
    CHECKS.flatMap(({ codes, stage }) =>
      Object.entries(codes).map(([code, label]) => [code, { code, label, stage } as Reason] as const),
    ),
  ).values(),
];

const BY_CODE: ReadonlyMap<ReasonCode, Reason> = new Map(REASONS.map((reason) => [reason.code, reason]));

/** All reason codes: of the parsers, of the checks and of the engine, in the order of `CHECKS`. */
export const REFUSALS: readonly RefusalCode[] = REASONS.map(({ code }) => code);

/**
 * The codes that can occur in `findings` of a proposal, in the order of `CHECKS`. A finding of a
 * model check is stored with the attempts of the check and not in `findings`, so its code is not in
 * this list.
 */
export const ADMISSION_CODES: readonly AdmissionCode[] = REASONS.filter(
  ({ stage }) => stage === "checks" || stage === "memory",
).map(({ code }) => code as AdmissionCode);

/** The model checks whose attempts are stored in `modelChecks`: all but the open-book check. */
export const MODEL_CHECK_RECORDS: readonly string[] = MODEL_CHECKS.map(({ record }) => record).filter(
  (record) => record !== "open_book",
);

/**
 * What a reason code means, in a few words; the code itself when no check of this version has it.
 */
export function labelOf(code: ReasonCode): string {
  return BY_CODE.get(code)?.label ?? code;
}

/**
 * The stage that a reason code belongs to. A code that no check of this version has gets the stage
 * `checks`.
 */
export function stageOf(code: ReasonCode): RefusalStage {
  return BY_CODE.get(code)?.stage ?? "checks";
}

/**
 * The known codes in the order of `CHECKS`, then the other codes of `found` in the order of
 * `found`.
 */
export function withUnknown(found: Iterable<ReasonCode>): readonly ReasonCode[] {
  return [...new Set<ReasonCode>([...REFUSALS, ...found])];
}
