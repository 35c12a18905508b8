/** `000120`: name of a step's checkpoint and of the other files a step has to itself. Step 0 is the start of a run. */
export function stepName(step: number): string {
  return String(step).padStart(6, "0");
}
