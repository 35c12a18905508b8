import type { ConformanceReport } from "../../../adapters/conformance/conformance.js";
import { needLine } from "../../../app/trainer/suitable.js";
import { presets } from "../../../config/presets.js";
import { resolveLayers } from "../../../config/resolve.js";
import { CAPABILITY_NAMES, type Declared, trainerNeeds, unmetNeeds } from "../../../core/trainer/needs.js";

/** Whether a trainer can run a preset without changed settings. */
export interface PlayablePreset {
  readonly preset: string;
  /** What the preset needs and the trainer does not declare, in words; empty when it can run. */
  readonly missing: readonly string[];
}

/** Compares what each preset needs with what the trainer of a report declares. */
export function playablePresets(report: ConformanceReport): readonly PlayablePreset[] {
  const declared = Object.fromEntries(
    Object.entries(CAPABILITY_NAMES).map(([key, name]) => [key, report.declared[name] ?? []]),
  ) as unknown as Declared;
  return Object.keys(presets).map((preset) => {
    const { experiment } = resolveLayers([{ name: "preset", values: { preset } }]);
    const unmet = unmetNeeds(trainerNeeds(experiment), declared);
    return { preset, missing: unmet.map((need) => needLine(need, declared)) };
  });
}
