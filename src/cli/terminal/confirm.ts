import { createInterface } from "node:readline/promises";
import { EXIT, SpiceError } from "../../app/errors.js";

/**
 * Asks on the terminal before something is removed. `yes` answers it without asking.
 *
 * @returns true when the answer is yes
 * @throws SpiceError `CONFIRMATION_NEEDED` (exit 2) when there is no terminal to ask on
 */
export async function confirm(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new SpiceError("Nobody can be asked: this is no terminal.", {
      code: "CONFIRMATION_NEEDED",
      boundary: "cli",
      where: question,
      hint: "Give --yes to remove without a question.",
      exit: EXIT.usage,
    });
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
