/**
 * Settings that are tested and that no reported run has used. `a.b` is a setting or a section with
 * all its settings; `a.b=value` is one value of a setting. The reference, `spice config --explain
 * -v` and the schema for editors take their note from this list.
 */
export const EXPERIMENTAL: readonly string[] = [
  "admission.optionVerbatim",
  "admission.caps",
  "admission.optionsOnly",
  "admission.subjectBlind",
  "admission.paraphrase",
  "reasoner.earlyStop",
  "reward.kind=two_arm",
  "verification.secondOpinion",
  "verification.judge",
];

const NOTE = "experimental: tested, not used in a reported run";

/**
 * The note on a setting: `(experimental: ...)`, or empty. A setting of an experimental section has
 * the note too.
 */
export function experimentalNote(path: string): string {
  if (EXPERIMENTAL.some((one) => path === one || path.startsWith(`${one}.`))) return `(${NOTE})`;
  const values = EXPERIMENTAL.flatMap((one) => {
    const [setting, value] = one.split("=");
    return setting === path && value !== undefined ? [`\`${value}\``] : [];
  });
  return values.length === 0 ? "" : `(${values.join(", ")} is ${NOTE})`;
}

/** A description with the note on its setting, when there is one. */
export function withExperimentalNote(path: string, description: string | undefined): string {
  return [description ?? "", experimentalNote(path)].filter((part) => part !== "").join(" ");
}
