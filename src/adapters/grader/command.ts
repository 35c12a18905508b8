import type { GraderCommand } from "./worker.js";

/**
 * The command line of a grading process.
 *
 * @param python interpreter of the environment `grader`
 * @param root folder that holds `spice_grader/`
 */
export function graderCommand(python: string, root: string): GraderCommand {
  return {
    argv: [python, "-m", "spice_grader"],
    environment: {
      PYTHONPATH: root,
      PYTHONDONTWRITEBYTECODE: "1",
      // sympy orders some sums by hash: the same pair must get the same answer in every process.
      PYTHONHASHSEED: "0",
      LC_ALL: "C.UTF-8",
    },
  };
}
