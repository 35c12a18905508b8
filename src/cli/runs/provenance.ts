import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { availableParallelism, cpus, totalmem } from "node:os";
import { promisify } from "node:util";
import type { SourceCode } from "../../adapters/corpus-store/own-code-log.js";
import type { Trainer } from "../../app/ports/trainer.js";
import type { ContaminationIndex } from "../../core/admission/contamination/contamination.js";
import type { Experiment, PromptTemplates } from "../../core/experiment/experiment.js";
import type { SnapshotInfo } from "../../core/records/document.js";
import type { OwnCodeRecord } from "../../core/records/own-code.js";
import { knownSecrets, redactValue } from "../../core/runs/redaction.js";
import type { ModelOrigin } from "../compose/export-model.js";
import { packageVersion } from "../terminal/package-version.js";

const execute = promisify(execFile);

/** What a run is made of. */
export interface RunOrigin {
  readonly experiment: Pick<Experiment, "challenger">;
  readonly snapshot: SnapshotInfo;
  /** The registered evaluation sets; null when there are none. */
  readonly evaluations: ContaminationIndex | null;
  /** The run that the model is of; null for another model. */
  readonly model: ModelOrigin | null;
  /** Reward, checks and sinks of the user. */
  readonly ownCode: readonly OwnCodeRecord[];
  /** Code of the user that read the documents. */
  readonly sourceCode: readonly SourceCode[];
}

/**
 * Versions, machine, commit and documents at the start of a run, and the run that the model is of.
 * The run does not read them.
 */
export async function runProvenance(origin: RunOrigin): Promise<Readonly<Record<string, unknown>>> {
  const { snapshot, evaluations, model, ownCode, sourceCode } = origin;
  const { templates } = origin.experiment.challenger;
  return {
    argv: redactValue(process.argv.slice(2), knownSecrets(process.env)),
    // Relative paths in the configuration are relative to it.
    folder: process.cwd(),
    spice: packageVersion(),
    node: process.version,
    git: await gitState(),
    machine: `${availableParallelism()} x ${cpus()[0]?.model ?? process.arch}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`,
    snapshot: {
      id: snapshot.id,
      documents: snapshot.documents,
      segments: snapshot.segments,
      sources: snapshot.sources,
    },
    ...(evaluations !== null && { evaluationSets: evaluations.sets }),
    ...(ownCode.length > 0 && { ownCode }),
    // config.json has the texts.
    ...(templates !== null && { templates: digestOf(templates) }),
    ...(sourceCode.length > 0 && { sourceCode }),
    ...(model !== null && { model }),
  };
}

/**
 * Facts of the trainer of this start or resume of a run, for the audit log.
 */
export function trainerFacts({ model, capabilities, step }: Trainer): Readonly<Record<string, unknown>> {
  const { backend, determinism, seedSupport, logprobSource, versions, hardware } = capabilities;
  return {
    backend,
    determinism,
    seedSupport,
    logprobSource,
    versions,
    hardware,
    step,
    model: { ...model, tokenizerPath: undefined },
  };
}

const digestOf = ({ folder, sha256 }: PromptTemplates) => ({ folder, sha256 });

/** The commit, and a digest of the uncommitted changes. Null outside a repository. */
async function gitState(): Promise<{ commit: string; dirty: string | null } | null> {
  try {
    const commit = (await execute("git", ["rev-parse", "HEAD"])).stdout.trim();
    const { stdout } = await execute("git", ["diff", "HEAD"], { maxBuffer: 64 << 20 });
    return {
      commit,
      dirty: stdout === "" ? null : createHash("sha256").update(stdout).digest("hex").slice(0, 16),
    };
  } catch {
    return null;
  }
}
