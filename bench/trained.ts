import type { RunFiles } from "./chaos/compare.js";

/** Steps, tokens and digests that a run trained. */
export interface Trained {
  readonly steps: number;
  /** Numbers of the steps that trained tokens. */
  readonly trainedSteps: readonly number[];
  /** Sum of `trained_tokens` over the steps. */
  readonly trainedTokens: number;
  /** Different policy digests: of the start and of every step. */
  readonly digests: readonly string[];
}

/** The reference run of a bench trained nothing or too little, so the comparison has no meaning. */
export class TrainedNothing extends Error {
  override readonly name = "TrainedNothing";
}

/**
 * Smallest share of steps that must train. A step in which all rewards of every group are equal
 * trains nothing. With more such steps the bench has little meaning.
 */
const MIN_TRAINED_SHARE = 0.9;

/**
 * Returns steps, tokens and digests of a run, from its metrics and the digest of the start in its
 * audit log.
 */
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
 * The rule of every bench that compares runs: the undisturbed run must train. Fails for a run that
 * trains no token, that trains in fewer than nine of ten steps, or in which a step that trained
 * gives weights that existed before.
 *
 * @param name name of the run, for the message
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

/** Returns the digest of the weights before step 1; empty when the audit log has no start. */
function startDigest(audit: RunFiles["audit"]): string {
  return String(audit.find(({ event }) => event === "start")?.data["policyDigest"] ?? "");
}

/** Runs a bench. A run that trained nothing ends it with one line and exit code 1. */
export async function endOnTrainedNothing(bench: () => Promise<void>): Promise<void> {
  try {
    await bench();
  } catch (error) {
    if (!(error instanceof TrainedNothing)) throw error;
    process.stderr.write(`FAILED ${error.message}\n`);
    process.exitCode = 1;
  }
}
