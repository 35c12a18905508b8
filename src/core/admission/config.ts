import type { Severity } from "../checks/check.js";
import type { CHECKS, MODEL_CHECKS } from "./checks.js";
import type {
  AdmissionParameters,
  AgreementCheck,
  CapParameters,
  ContaminationParameters,
  DocumentParameters,
  GuessCheck,
  NearDuplicateParameters,
} from "./settings.js";

type Registered = (typeof CHECKS)[number];
type ModelChecks = (typeof MODEL_CHECKS)[number];

/** Paths of all settings that are a severity: `deixis`, `document.secrets`, `caps.check`. */
export type SeveritySetting = Extract<
  Exclude<Registered, ModelChecks>,
  { readonly setting: string }
>["setting"];

type Grouped<Group extends string> = SeveritySetting extends infer Path
  ? Path extends `${Group}.${infer Name}`
    ? Name
    : never
  : never;

/** The severities of the checks whose setting stands directly under `admission`. */
export type Severities = {
  readonly [Setting in Exclude<SeveritySetting, `${string}.${string}`>]: Severity;
};

/** The severities of the checks whose setting stands in a group of settings. */
export type GroupSeverities<Group extends string> = { readonly [Name in Grouped<Group>]: Severity };

/** Settings of the model checks. */
export type ModelCheckSettings = {
  readonly [Check in ModelChecks as Check["setting"]]: Check["kind"] extends "agreement"
    ? AgreementCheck
    : GuessCheck;
};

/**
 * The settings of admission: one severity for each check, the other settings of the checks, and the
 * settings of the model checks. The severities are derived from the list of checks.
 */
export interface AdmissionConfig extends AdmissionParameters, Severities, ModelCheckSettings {
  /** The document checks. They run once for a segment. */
  readonly document: GroupSeverities<"document"> & DocumentParameters;
  readonly contamination: GroupSeverities<"contamination"> & ContaminationParameters;
  readonly nearDuplicates: GroupSeverities<"nearDuplicates"> & NearDuplicateParameters;
  readonly caps: GroupSeverities<"caps"> & CapParameters;
}

/** The severity at a path of the settings: `deixis`, `document.secrets`. */
export function severityIn(config: object, setting: string): Severity {
  return setting
    .split(".")
    .reduce<unknown>((node, key) => (node as Readonly<Record<string, unknown>>)[key], config) as Severity;
}
