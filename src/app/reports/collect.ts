import { type Advice, adviceFor } from "../../core/analysis/advice.js";
import { type Curve, curve } from "../../core/analysis/curves.js";
import { Funnel } from "../../core/analysis/funnel.js";
import { type Learning, learning, unlessUntrained } from "../../core/analysis/learning.js";
import { DocumentTotals } from "../../core/analysis/listing/document-list.js";
import { TaskList, taskEntries } from "../../core/analysis/listing/task-list.js";
import { MEASURES, type Measure } from "../../core/analysis/measures.js";
import {
  chooseTasks,
  type FindSegment,
  type RefusedExample,
  readTexts,
  type SampleTask,
} from "../../core/analysis/samples.js";
import { countRefusals, type RefusalCount, scanEpisodes } from "../../core/analysis/scan.js";
import { type Truth, truthOf } from "../../core/analysis/truth.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Episode } from "../../core/records/episode.js";
import type { StepMetrics } from "../../core/records/metrics.js";
import type { Interval } from "../../core/statistics/intervals.js";
import { type AuditedEvent, type AuditFacts, auditFacts } from "./audit-facts.js";
import { describeDocuments, describeTasks, type ListedDocument, type ListedTask } from "./listings.js";

/** Read side of a run: the parts that a report needs. */
export interface ReportedRun {
  readonly info: {
    readonly id: string;
    readonly name: string;
    readonly createdAt: string;
    /** Reason for the state, for people; may be empty. */
    readonly detail: string;
    readonly configDigest: string;
    readonly provenance: Readonly<Record<string, unknown>>;
  };
  readonly state: string;
  readonly config: Experiment;
  readonly steps: readonly { readonly policyDigest: string }[];
  episodes(): AsyncIterable<Episode>;
  metrics(): AsyncIterable<StepMetrics>;
  audit(): AsyncIterable<AuditedEvent>;
}

/** A setting that differs between the run and its control. */
export interface SettingDifference {
  readonly path: string;
  readonly run: unknown;
  readonly control: unknown;
}

/** The control run: a run without the differences, to compare with. */
export interface ControlRun {
  readonly run: ReportedRun;
  readonly differences: readonly SettingDifference[];
}

/** Everything the report shows, as plain data. */
export interface ReportData {
  readonly facts: RunFacts;
  readonly config: Experiment;
  readonly learning: Learning;
  readonly control: { readonly id: string; readonly differences: readonly SettingDifference[] } | null;
  readonly curves: Readonly<Record<Measure["key"], { readonly run: Curve; readonly control: Curve | null }>>;
  /** Tasks by step and pass rate, in ninths from 0 to 8 of 8. */
  readonly passRates: readonly { readonly step: number; readonly counts: readonly number[] }[];
  readonly funnel: {
    readonly proposals: number;
    readonly admitted: number;
    readonly refusals: readonly (RefusalCount & { readonly examples: readonly RefusedExample[] })[];
  };
  /** What to change about the reasons that cost the most proposals, most frequent first. */
  readonly advice: readonly Advice[];
  readonly truth: Truth;
  readonly metrics: readonly StepMetrics[];
  readonly samples: readonly SampleTask[];
  readonly tasks: { readonly best: readonly ListedTask[]; readonly worst: readonly ListedTask[] };
  readonly documents: ReportedDocuments;
}

/** The documents that brought most tasks, and documents that brought none. */
export interface ReportedDocuments {
  readonly played: number;
  readonly withTask: number;
  readonly most: readonly ListedDocument[];
  readonly none: readonly ListedDocument[];
}

/** Facts of a run, in a few words and numbers. */
export interface RunFacts extends AuditFacts {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** Reason for the state, for example why the run failed; may be empty. */
  readonly detail: string;
  readonly createdAt: string;
  readonly steps: number;
  /** Steps with a gradient. Zero: the model is the same as at the start. */
  readonly trainedSteps: number;
  readonly documents: number;
  readonly proposals: number;
  readonly tasks: number;
  readonly attempts: number;
  /** Seconds of committed steps. */
  readonly seconds: number;
  readonly configDigest: string;
  /** Digest of the last published policy version. */
  readonly policyDigest: string;
  /** Policy versions that were published: 1 for the start, and 1 for each step with a gradient. */
  readonly versions: number;
  /**
   * Whether self-play changed the weights: the digest after the last step against the digest at the
   * start. A warm start is before the start. `unknown` without a committed step.
   */
  readonly weights: "changed" | "unchanged" | "unknown";
  /** Steps that the run is to have, with its extensions. */
  readonly plannedSteps: number;
  readonly provenance: Readonly<Record<string, unknown>>;
}

const NOT_AT_HAND: FindSegment = async () => null;
/** Tasks, and documents, in each list of the report. */
const LISTED = 5;

/** Reads a run, and its control run if there is one, into the data of a report. */
export async function collectReport(
  run: ReportedRun,
  control: ControlRun | null,
  findSegment: FindSegment = NOT_AT_HAND,
): Promise<ReportData> {
  const metrics: StepMetrics[] = [];
  for await (const one of run.metrics()) metrics.push(one);
  const scan = await scanEpisodes(run.episodes());
  const controlPoints = control === null ? null : (await scanEpisodes(control.run.episodes())).points;
  const { proposals, refusals } = countRefusals(scan);
  const { samples, examples } = await readTexts(
    run.episodes(),
    chooseTasks(scan.candidates),
    metrics.at(-1)?.step ?? 0,
    findSegment,
  );
  const audited = await auditFacts(run.audit());
  const funnel = new Funnel(0);
  const best = new TaskList("best", LISTED);
  const worst = new TaskList("worst", LISTED);
  const byDocument = new DocumentTotals();
  for await (const episode of run.episodes()) {
    funnel.add(episode);
    byDocument.add(episode);
    for (const entry of taskEntries(episode)) {
      best.add(entry);
      worst.add(entry);
    }
  }
  const counts = byDocument.counts();
  const [withTask, without] = [
    counts.filter((one) => one.tasks > 0),
    counts.filter((one) => one.tasks === 0),
  ];
  // Runs of older versions count the trained sequences too.
  const trainedSteps = metrics.filter((one) => Number(one["trained_sequences"] ?? 0) > 0).length;
  const total = (key: string) => metrics.reduce((sum, one) => sum + Number(one[key] ?? 0), 0);
  const { id, name, createdAt, detail, configDigest, provenance } = run.info;
  const policyDigest = run.steps.at(-1)?.policyDigest ?? "";
  return {
    facts: {
      id,
      name,
      state: run.state,
      detail,
      createdAt,
      steps: metrics.length,
      trainedSteps,
      documents: scan.documents,
      proposals,
      tasks: total("tasks"),
      attempts: total("attempts"),
      seconds: total("seconds_step"),
      configDigest,
      policyDigest,
      versions: Number(metrics.at(-1)?.["policy_version"] ?? (audited.startDigest === "" ? 0 : 1)),
      weights: weightsOf(audited.startDigest, policyDigest),
      plannedSteps: run.config.steps,
      provenance,
      ...audited,
    },
    config: run.config,
    learning: unlessUntrained(
      learning(scan.points, controlPoints, metrics.length, rewardRange(run.config)),
      metrics.length,
      trainedSteps,
    ),
    advice: adviceFor(funnel.report(), run.config),
    control: control === null ? null : { id: control.run.info.id, differences: control.differences },
    curves: Object.fromEntries(
      MEASURES.map(({ key }) => [
        key,
        { run: curve(scan.points[key]), control: controlPoints && curve(controlPoints[key]) },
      ]),
    ) as unknown as ReportData["curves"],
    passRates: metrics.map((one) => ({
      step: one.step,
      counts: Array.from({ length: 9 }, (_, bucket) => Number(one[`pass_hist_${bucket}`] ?? 0)),
    })),
    funnel: {
      proposals,
      admitted: proposals - refusals.reduce((sum, one) => sum + one.count, 0),
      refusals: refusals.map((one) => ({ ...one, examples: examples.get(one.reason) ?? [] })),
    },
    truth: truthOf(scan.totals, metrics),
    metrics,
    samples,
    tasks: {
      best: await describeTasks(best.entries(), findSegment),
      worst: await describeTasks(worst.entries(), findSegment),
    },
    documents: {
      played: counts.length,
      withTask: withTask.length,
      most: await describeDocuments(withTask.slice(0, LISTED), findSegment),
      none: await describeDocuments(without.slice(0, LISTED), findSegment),
    },
  };
}

/** Least and largest reward of a proposal; null for a formula of the user. */
function rewardRange({ reward }: Experiment): Interval | null {
  return reward.kind === "own"
    ? null
    : { low: Math.min(0, reward.invalid), high: Math.max(1, reward.invalid) };
}

function weightsOf(start: string, last: string): RunFacts["weights"] {
  if (start === "" || last === "") return "unknown";
  return start === last ? "unchanged" : "changed";
}
