import type { GraderCommand } from "./worker.js";

/**
 * The command that starts a grading process.
 *
 * @param python interpreter of the environment `grader`
 * @param root folder that contains `spice_grader/`
 */
export function graderCommand(python: string, root: string): GraderCommand {
  return {
    argv: [python, "-m", "spice_grader"],
    environment: {
      PYTHONPATH: root,
      // sympy orders some sums by hash. With a fixed seed, the same pair gets the same answer in
      // every process.
      PYTHONHASHSEED: "0",
      LC_ALL: "C.UTF-8",
    },
  };
}
