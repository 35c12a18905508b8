import { sha256 } from "../../src/adapters/hash/sha256.js";
import { presets } from "../../src/config/presets.js";
import { resolveLayers } from "../../src/config/resolve.js";
import { admitCheap } from "../../src/core/admission/admit.js";
import { ContaminationIndex } from "../../src/core/admission/contamination/contamination.js";
import { screenDocument } from "../../src/core/admission/document/document-checks.js";
import { AskedTasks } from "../../src/core/admission/repeats/asked-tasks.js";
import { keyed } from "../../src/core/random/rng.js";
import type { AdmissionConfig, Severity } from "../../src/core/records/experiment.js";
import { ADMISSION_CODES, type AdmissionCode } from "../../src/core/records/task.js";
import { loadGateCorpus } from "./corpus.js";
import { type GateTask, goodTasks } from "./good.js";
import { type MutantKind, mutantKinds } from "./mutants.js";
import { contamination, duplicateKinds } from "./repeat-mutants.js";

/** What came of one kind of mutant. */
export interface KindResult {
  readonly kind: string;
  readonly tasks: number;
  /** Refused by the checks that are on in the preset `demo`. */
  readonly caught: number;
  /** Every finding, whether its check refuses in `demo` or not. */
  readonly by: Readonly<Partial<Record<AdmissionCode, number>>>;
  readonly needsModel: string | null;
  /** One that slipped through; empty when none did. */
  readonly example: string;
}

export interface GateResult {
  readonly corpus: string;
  readonly good: number;
  readonly shapes: Readonly<Record<string, number>>;
  /** Good tasks that `demo` refuses. */
  readonly falseRejects: number;
  /** Good tasks with a finding, by check. */
  readonly findings: Readonly<Partial<Record<AdmissionCode, number>>>;
  readonly examples: readonly string[];
  readonly kinds: readonly KindResult[];
  /** All documents of the source, cards and running texts, and what the document checks say of them. */
  readonly documents: {
    readonly count: number;
    readonly findings: Readonly<Partial<Record<AdmissionCode, number>>>;
  };
  /** Processor time of the pass over the good tasks, with every check asked. */
  readonly microsecondsPerTask: number;
}

/** All checks that only count: nothing stops at the first finding, so every check is measured on every task. */
export function countingConfig(): AdmissionConfig {
  const { admission } = resolveLayers([{ name: "gate", values: { preset: "demo" } }]).experiment;
  const turned = turn(admission, "count") as AdmissionConfig;
  return { ...turned, siblings: "any" };
}

function turn(value: unknown, severity: Severity): unknown {
  if (value === "off" || value === "count" || value === "refuse") return severity;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, turn(child, severity)]));
}

/** Codes whose check refuses in `demo`: those of its admission when each task is judged alone, and the ones that are always on. */
function refusedInDemo(): ReadonlySet<AdmissionCode> {
  const demo = presets.demo.admission ?? {};
  const on = (severity: unknown, ...codes: AdmissionCode[]) => (severity === "refuse" ? codes : []);
  const document = demo.document ?? {};
  return new Set<AdmissionCode>([
    ...(["options_count", "options_duplicate", "options_without_answer", "options_unusable"] as const),
    ...on(document.licence, "document_licence", "document_opted_out"),
    ...on(document.hiddenText, "document_hidden_text"),
    ...on(document.instructions, "document_instructions"),
    ...on(document.secrets, "document_secret"),
    ...on(document.personalData, "document_personal_data"),
    ...on(document.quality, "document_quality"),
    ...on(demo.evidence, "evidence_missing", "off_focus"),
    ...on(demo.optionKinds, "options_unlike"),
    ...on(demo.optionLength, "options_length"),
    ...on(demo.optionPattern, "options_pattern"),
    ...on(demo.optionVerbatim, "options_verbatim"),
    ...on(demo.optionTruth, "options_two_right"),
    ...on(demo.subject, "subject_missing"),
    ...on(demo.documentReference, "document_reference"),
    ...on(demo.deixis, "dangling_deixis"),
    ...on(demo.leak, "answer_leak"),
    ...on(demo.answerKind, "answer_kind"),
    ...on(demo.derivable, "not_derivable"),
    ...on(demo.alignment, "evidence_elsewhere"),
    ...on(demo.ambiguity, "ambiguous"),
    ...on(demo.instructions, "instructions"),
    ...on(demo.secrets, "secret"),
    ...on(demo.personalData, "personal_data"),
    ...on(demo.contamination?.check, "contaminated"),
    ...on(demo.duplicates, "duplicate"),
    ...on(demo.nearDuplicates?.check, "near_duplicate"),
    ...on(demo.caps?.check, "over_cap"),
  ]);
}

/**
 * The whole set through every check.
 *
 * @param draw which set: the checks were written with `gate` in view, any other is held out
 */
export async function measureGate(draw: string): Promise<GateResult> {
  const corpus = await loadGateCorpus(draw);
  const config = countingConfig();
  const refusing = refusedInDemo();
  // Two right tasks of the set may share their answer and document: `sameFact` refuses that on purpose, and is no false reject.
  const repeats =
    presets.demo.admission?.sameFact === "refuse" ? new Set([...refusing, "same_fact" as const]) : refusing;
  const good = goodTasks(corpus);
  const { set, kinds: contaminated } = contamination(corpus, good);
  const index = new ContaminationIndex([set], config.contamination);
  const memory = new AskedTasks(config);
  const began = process.cpuUsage();
  const outcomes = good.map((task) => judge(task, config, memory, index, true));
  const { user, system } = process.cpuUsage(began);
  const microsecondsPerTask = (user + system) / good.length;
  const rejected = outcomes.map((codes) => codes.some((code) => refusing.has(code)));
  const kinds = [
    ...mutantKinds(corpus, good).map((kind) =>
      measure(kind, config, new AskedTasks(config), index, refusing),
    ),
    ...duplicateKinds(corpus, good).map((kind) => measure(kind, config, memory, index, repeats)),
    ...contaminated.map((kind) => measure(kind, config, new AskedTasks(config), index, refusing)),
  ];
  const documents = [...corpus.cards, ...corpus.prose];
  return {
    corpus: corpus.version,
    good: good.length,
    shapes: tally(good.map((task) => task.shape)),
    falseRejects: rejected.filter(Boolean).length,
    findings: tally(outcomes.flat()),
    examples: good.flatMap((task, place) =>
      rejected[place] ? [`${outcomes[place]?.join(", ")}: ${show(task)}`] : [],
    ),
    kinds,
    documents: {
      count: documents.length,
      findings: tally(
        documents.flatMap((one) => screenDocument(one, config.document).findings.map((found) => found.code)),
      ),
    },
    microsecondsPerTask,
  };
}

function measure(
  { kind, tasks, needsModel }: MutantKind,
  config: AdmissionConfig,
  memory: AskedTasks,
  index: ContaminationIndex,
  refusing: ReadonlySet<AdmissionCode>,
): KindResult {
  const outcomes = tasks.map((task) => judge(task, config, memory, index, false));
  const missed = tasks.find((_, place) => !outcomes[place]?.some((code) => refusing.has(code)));
  return {
    kind,
    tasks: tasks.length,
    caught: outcomes.filter((codes) => codes.some((code) => refusing.has(code))).length,
    by: tally(outcomes.flat()),
    needsModel,
    example: missed === undefined ? "" : show(missed),
  };
}

/** Every finding on a task, each once. */
function judge(
  { candidate, segment }: GateTask,
  config: AdmissionConfig,
  memory: AskedTasks,
  index: ContaminationIndex,
  remember: boolean,
): AdmissionCode[] {
  const result = admitCheap(candidate, segment, null, config, keyed("gate", "options"), sha256, index);
  const codes = result.findings.map((one) => one.code);
  if (!result.ok) return [...new Set([...codes, result.code])];
  const repeats = memory.screen(result.task).findings.map((one) => one.code);
  if (remember) memory.note(result.task);
  return [...new Set([...codes, ...repeats])];
}

function tally<T extends string>(values: readonly T[]): Record<T, number> {
  const counts = {} as Record<T, number>;
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

function show({ candidate }: GateTask): string {
  const options = candidate.options.length === 0 ? "" : ` [${candidate.options.join(" | ")}]`;
  const quotes = candidate.quotes.length === 0 ? "" : ` (${candidate.quotes.join("; ")})`;
  return `${candidate.question} -> ${candidate.answer}${options}${quotes}`;
}

/** In the order of the checks. */
export function inOrder(counts: Readonly<Partial<Record<AdmissionCode, number>>>): [AdmissionCode, number][] {
  return ADMISSION_CODES.flatMap((code): [AdmissionCode, number][] => {
    const count = counts[code];
    return count === undefined ? [] : [[code, count]];
  });
}
