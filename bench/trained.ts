import type { RunFiles } from "./chaos/compare.js";

/** What a run trained. */
export interface Trained {
  readonly steps: number;
  /** Numbers of the steps that trained tokens. */
  readonly trainedSteps: readonly number[];
  /** Sum of `trained_tokens` over the steps. */
  readonly trainedTokens: number;
  /** Different policy digests: of the start, and of every step. */
  readonly digests: readonly string[];
}

/**
 * A run that a bench compares others with trained nothing, or too little, so that the comparison
 * says nothing.
 */
export class TrainedNothing extends Error {
  override readonly name = "TrainedNothing";
}

/**
 * A step in which all rewards of every group are equal trains nothing. More of them than this, and
 * a bench says little.
 */
const MIN_TRAINED_SHARE = 0.9;

/** What a run trained, from its metrics and the digest that its audit log gives for the start. */
export function trainedOf({ metrics, audit }: Pick<RunFiles, "metrics" | "audit">): Trained {
  const trained = metrics.filter((step) => Number(step["trained_tokens"]) > 0);
  return {
    steps: metrics.length,
    trainedSteps: trained.map((step) => Number(step["step"])),
    trainedTokens: trained.reduce((sum, step) => sum + Number(step["trained_tokens"]), 0),
    digests: [...new Set([startDigest(audit), ...metrics.map(digestOf)])],
  };
}

/**
 * The rule of every bench that compares runs: the undisturbed run must train. It fails for a run
 * that trains no token, that trains in fewer than nine of ten steps, or in which a step that
 * trained leaves weights that were there before.
 *
 * @param name of the run, for the message
 * @throws TrainedNothing
 */
export function requireTraining(name: string, run: Pick<RunFiles, "metrics" | "audit">): Trained {
  const trained = trainedOf(run);
  const { steps, trainedSteps, trainedTokens } = trained;
  const fail = (what: string) => {
    throw new TrainedNothing(
      `${name}: ${what}. The bench compares nothing: its documents or its settings are wrong.`,
    );
  };
  if (trainedTokens === 0) fail(`the undisturbed run of ${steps} steps trained no token`);
  if (trainedSteps.length < MIN_TRAINED_SHARE * steps)
    fail(`the undisturbed run trained in ${trainedSteps.length} of ${steps} steps`);
  const seen = new Set([startDigest(run.audit)]);
  for (const step of run.metrics) {
    const digest = digestOf(step);
    if (Number(step["trained_tokens"]) > 0 && seen.has(digest))
      fail(`step ${step["step"]} trained ${step["trained_tokens"]} tokens and its policy digest is not new`);
    seen.add(digest);
  }
  return trained;
}

const digestOf = (step: RunFiles["metrics"][number]): string => String(step["policy_digest"]);

/** The weights before step 1; empty when the audit log has no start. */
function startDigest(audit: RunFiles["audit"]): string {
  return String(audit.find(({ event }) => event === "start")?.data["policyDigest"] ?? "");
}

/** Run a bench; a run that trained nothing ends it with one line and exit code 1. */
export async function endOnTrainedNothing(bench: () => Promise<void>): Promise<void> {
  try {
    await bench();
  } catch (error) {
    if (!(error instanceof TrainedNothing)) throw error;
    process.stderr.write(`FAILED ${error.message}\n`);
    process.exitCode = 1;
  }
}
