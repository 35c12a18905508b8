/**
 * Settings that are tested but not used in a reported run. `a.b` is a setting, or a section with
 * all its settings. `a.b=value` is one value of a setting. The reference, `spice config --explain
 * -v` and the schema for editors show a note for the settings of this list.
 */
export const EXPERIMENTAL: readonly string[] = [
  "admission.optionVerbatim",
  "admission.caps",
  "admission.optionsOnly",
  "admission.subjectBlind",
  "admission.paraphrase",
  "reasoner.earlyStop",
  "reward.kind=two_arm",
  "admission.own",
  "verification.secondOpinion",
  "verification.judge",
];

const NOTE = "experimental: tested, not used in a reported run";

/**
 * The note on a setting: `(experimental: ...)`, or an empty text. A setting of an experimental
 * section has the note too.
 */
export function experimentalNote(path: string): string {
  if (EXPERIMENTAL.some((entry) => path === entry || path.startsWith(`${entry}.`))) return `(${NOTE})`;
  const values = EXPERIMENTAL.flatMap((entry) => {
    const [setting, value] = entry.split("=");
    return setting === path && value !== undefined ? [`\`${value}\``] : [];
  });
  return values.length === 0 ? "" : `(${values.join(", ")} is ${NOTE})`;
}

/** A description, with the note on its setting if there is a note. */
export function withExperimentalNote(path: string, description: string | undefined): string {
  return [description ?? "", experimentalNote(path)].filter((part) => part !== "").join(" ");
}
