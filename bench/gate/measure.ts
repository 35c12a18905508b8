import { sha256 } from "../../src/adapters/hash/sha256.js";
import { resolveLayers } from "../../src/config/resolve.js";
import { admit } from "../../src/core/admission/admit.js";
import { CHECKS } from "../../src/core/admission/checks.js";
import { ADMISSION_CODES, type AdmissionCode } from "../../src/core/admission/codes.js";
import { type AdmissionConfig, severityIn } from "../../src/core/admission/config.js";
import { ContaminationIndex } from "../../src/core/admission/contamination/contamination.js";
import type { EvaluationSet } from "../../src/core/admission/contamination/evaluation-set.js";
import { type ScreenedDocument, screenDocument } from "../../src/core/admission/document/screen-document.js";
import { AskedTasks } from "../../src/core/admission/repeats/asked-tasks.js";
import type { Severity } from "../../src/core/checks/check.js";
import { keyed } from "../../src/core/random/rng.js";
import type { Segment } from "../../src/core/records/document.js";
import type { Finding } from "../../src/core/records/finding.js";
import { loadGateCorpus } from "./corpus.js";
import { type GateTask, goodTasks } from "./good.js";
import { change, type MutantKind, mutantKinds } from "./mutants.js";
import { CUTS, readPeople } from "./people.js";
import { proseKinds, questionKinds, repeatKinds } from "./question-mutants.js";
import { contamination, duplicateKinds } from "./repeat-mutants.js";
import { speechTasks } from "./speeches.js";

/** Result of one kind of mutant. */
export interface KindResult {
  readonly kind: string;
  readonly tasks: number;
  /** Number that the checks of the preset `demo` refuse. */
  readonly caught: number;
  /** Every finding, whether its check refuses in `demo` or not. */
  readonly by: Readonly<Partial<Record<AdmissionCode, number>>>;
  readonly needsModel: string | null;
  /** An example that no check refused; empty without such a mutant. */
  readonly example: string;
}

export interface GateResult {
  readonly corpus: string;
  readonly good: number;
  readonly shapes: Readonly<Record<string, number>>;
  /** Number of right tasks that `demo` refuses. */
  readonly falseRejects: number;
  /** Number of right tasks with a finding, by check. */
  readonly findings: Readonly<Partial<Record<AdmissionCode, number>>>;
  readonly examples: readonly string[];
  readonly kinds: readonly KindResult[];
  /**
   * All documents of the source, cards and running texts, and the findings of the document checks.
   */
  readonly documents: {
    readonly count: number;
    readonly findings: Readonly<Partial<Record<AdmissionCode, number>>>;
  };
  /** Processor time of the pass over the right tasks, with every check on. */
  readonly microsecondsPerTask: number;
}

/** Inputs for checking every task of the set. */
interface Gate {
  readonly config: AdmissionConfig;
  readonly index: ContaminationIndex;
  /** Segments that were already screened, because tasks share them. */
  readonly screened: Map<Segment, ScreenedDocument>;
}

/**
 * Returns settings in which all checks count. No check ends the series, so every check is measured
 * on every task.
 */
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

/**
 * Returns the codes whose check refuses in `demo`, and the codes of checks that are always on. No
 * check that needs a model is included.
 */
function refusedInDemo(): ReadonlySet<AdmissionCode> {
  const { admission } = resolveLayers([{ name: "gate", values: { preset: "demo" } }]).experiment;
  const codes = CHECKS.flatMap((check) => {
    if (check.stage !== "checks" && check.stage !== "memory") return [];
    const refuses = check.setting === null || severityIn(admission, check.setting) === "refuse";
    return refuses ? Object.keys(check.codes) : [];
  });
  return new Set(codes as AdmissionCode[]);
}

/** How many questions of people the preset `demo` admits, whole and cut off. */
export interface PeopleResult {
  readonly name: string;
  readonly questions: number;
  readonly admitted: Readonly<Record<keyof typeof CUTS, number>>;
  /** The findings of refusing checks on whole questions. */
  readonly refusals: Readonly<Partial<Record<AdmissionCode, number>>>;
}

/** Runs the checks of the preset `demo` on questions that people wrote. */
export async function measurePeople(file: string): Promise<PeopleResult> {
  const { name, tasks } = await readPeople(file);
  const config = countingConfig();
  const refusing = refusedInDemo();
  const gate: Gate = { config, index: new ContaminationIndex([], config.contamination), screened: new Map() };
  const refusals = (cut: (question: string) => string) =>
    tasks.map((task) => {
      const question = cut(task.candidate.question);
      const codes = findingsOn(change(task, { question }), gate, new AskedTasks(config), false);
      return codes.filter((code) => refusing.has(code));
    });
  const entries = Object.entries(CUTS).map(
    ([cut, apply]) => [cut, refusals(apply).filter((codes) => codes.length === 0).length] as const,
  );
  return {
    name,
    questions: tasks.length,
    admitted: Object.fromEntries(entries) as Record<keyof typeof CUTS, number>,
    refusals: tally(refusals(CUTS.whole).flat()),
  };
}

/** What a set consists of. */
interface GateSet {
  readonly name: string;
  readonly good: readonly GateTask[];
  readonly evaluation: EvaluationSet;
  /** Wrong tasks that are checked without the right tasks among the asked tasks. */
  readonly mutants: readonly MutantKind[];
  /** Wrong tasks that are checked after the right tasks were asked. */
  readonly repeats: readonly MutantKind[];
  readonly documents: readonly Segment[];
}

/**
 * Runs every check on the set made from the factbook.
 *
 * @param draw key of the set: the checks were written with `gate`, and every other key gives a
 * held-out set
 */
export async function measureGate(draw: string): Promise<GateResult> {
  const corpus = await loadGateCorpus(draw);
  const good = goodTasks(corpus);
  const { set, kinds } = contamination(corpus, good);
  return measureSet({
    name: corpus.version,
    good,
    evaluation: set,
    mutants: [...mutantKinds(corpus, good), ...questionKinds(draw, good), ...kinds],
    repeats: [...duplicateKinds(corpus, good), ...repeatKinds(draw, good).slice(-1)],
    documents: [...corpus.cards, ...corpus.prose],
  });
}

/** Runs every check on the set of speeches: running text that nobody of this project wrote. */
export async function measureSpeeches(draw: string): Promise<GateResult> {
  const good = await speechTasks();
  return measureSet({
    name: "speeches",
    good,
    evaluation: { name: "none", digest: "0".repeat(64), items: [] },
    mutants: [...proseKinds(draw, good), ...questionKinds(draw, good)],
    repeats: repeatKinds(draw, good),
    documents: good.map((task) => task.segment),
  });
}

function measureSet({ name, good, evaluation, mutants, repeats, documents }: GateSet): GateResult {
  const config = countingConfig();
  const refused = refusedInDemo();
  // Two right tasks of the set may share their answer and document. `sameFact` refuses the second
  // on purpose, which is not a false reject.
  const refusing = new Set<AdmissionCode>([...refused].filter((code) => code !== "same_fact"));
  const index = new ContaminationIndex([evaluation], config.contamination);
  const gate: Gate = { config, index, screened: new Map() };
  const memory = new AskedTasks(config);
  const began = process.cpuUsage();
  const outcomes = good.map((task) => findingsOn(task, gate, memory, true));
  const { user, system } = process.cpuUsage(began);
  const rejected = outcomes.map((codes) => codes.some((code) => refusing.has(code)));
  return {
    corpus: name,
    good: good.length,
    shapes: tally(good.map((task) => task.shape)),
    falseRejects: rejected.filter(Boolean).length,
    findings: tally(outcomes.flat()),
    examples: good.flatMap((task, place) =>
      rejected[place] ? [`${outcomes[place]?.join(", ")}: ${show(task)}`] : [],
    ),
    kinds: [
      ...mutants.map((kind) => measure(kind, gate, new AskedTasks(config), refusing)),
      ...repeats.map((kind) => measure(kind, gate, memory, refused)),
    ],
    documents: {
      count: documents.length,
      findings: tally(documents.flatMap((one) => codesOf(screenDocument(one, config).findings))),
    },
    microsecondsPerTask: (user + system) / good.length,
  };
}

function measure(
  { kind, tasks, needsModel }: MutantKind,
  gate: Gate,
  memory: AskedTasks,
  refusing: ReadonlySet<AdmissionCode>,
): KindResult {
  const outcomes = tasks.map((task) => findingsOn(task, gate, memory, false));
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

/** Returns every finding on a task, each once. */
function findingsOn(
  { candidate, segment }: GateTask,
  { config, index, screened }: Gate,
  memory: AskedTasks,
  remember: boolean,
): AdmissionCode[] {
  const document = screened.get(segment) ?? screenDocument(segment, config);
  screened.set(segment, document);
  const result = admit(candidate, {
    segment,
    document,
    focus: null,
    config,
    optionRng: (id) => keyed("gate", "options", id),
    hash: sha256,
    evaluations: index,
  });
  const codes = codesOf(result.findings);
  if (!result.ok) return [...new Set([...codes, result.code as AdmissionCode])];
  const repeats = codesOf(memory.screen(result.task).findings);
  if (remember) memory.note(result.task);
  return [...new Set([...codes, ...repeats])];
}

function codesOf(findings: readonly Finding[]): AdmissionCode[] {
  return findings.map((one) => one.code as AdmissionCode);
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

/** Returns the counts in the order of the checks. */
export function inOrder(counts: Readonly<Partial<Record<AdmissionCode, number>>>): [AdmissionCode, number][] {
  return ADMISSION_CODES.flatMap((code): [AdmissionCode, number][] => {
    const count = counts[code];
    return count === undefined ? [] : [[code, count]];
  });
}
