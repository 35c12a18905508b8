import type { EvaluationSet } from "../../src/core/admission/contamination/evaluation-set.js";
import { keyed } from "../../src/core/random/rng.js";
import type { Fact } from "../../src/core/records/document.js";
import type { Candidate } from "../../src/core/records/task.js";
import { contentWords } from "../../src/core/text/normalize.js";
import { factField } from "../../src/core/truth/fact-fields.js";
import type { GateCorpus } from "./corpus.js";
import { type GateTask, questionOf } from "./good.js";
import { change, type MutantKind, PER_KIND } from "./mutants.js";

/**
 * Returns repeats of right tasks. They are checked against asked tasks that contain the right
 * tasks.
 */
export function duplicateKinds(corpus: GateCorpus, good: readonly GateTask[]): MutantKind[] {
  const facts = good.filter((one) => one.fact !== null);
  const kind = (name: string, make: (task: GateTask, index: number) => GateTask | null): MutantKind => ({
    kind: `duplicate: ${name}`,
    tasks: keyed(corpus.draw, "duplicates", name)
      .shuffle(facts)
      .flatMap((task, index) => make(task, index) ?? [])
      .slice(0, PER_KIND),
    needsModel: null,
  });
  return [
    kind("exact", (task) => task),
    kind("case and punctuation", (task) =>
      change(task, {
        question: `${task.candidate.question.toUpperCase().replace("?", " ?")}`,
        answer: task.candidate.answer,
      }),
    ),
    kind("reworded by a frame", (task, index) =>
      change(task, { question: framed(task.candidate.question, index) }),
    ),
    kind("another wording of the field", (task) => {
      const all = factField((task.fact as Fact).field)?.questions ?? [];
      const index = all.findIndex(
        (_, template) => questionOf(task.fact as Fact, template) !== task.candidate.question,
      );
      return index < 0 ? null : change(task, { question: questionOf(task.fact as Fact, index) });
    }),
  ];
}

/** Returns an evaluation set about facts of no right task, and tasks that repeat its items. */
export function contamination(
  corpus: GateCorpus,
  good: readonly GateTask[],
): { set: EvaluationSet; kinds: MutantKind[] } {
  const used = new Set(good.flatMap(({ fact }) => (fact === null ? [] : [`${fact.field}|${fact.subject}`])));
  const free = corpus.cards.flatMap((segment) =>
    segment.document.facts
      .filter(
        (fact) =>
          factField(fact.field) !== null &&
          factField(fact.field)?.list !== true &&
          !used.has(`${fact.field}|${fact.subject}`),
      )
      .filter((fact) => contentWords(questionOf(fact, 0)).length >= 2)
      .map((fact) => ({ fact, segment })),
  );
  const chosen = keyed(corpus.draw, "evaluation")
    .shuffle(free)
    .slice(0, 5 * PER_KIND);
  const long = (fact: Fact) =>
    `A traveller who has never been to ${fact.subject} wants to know before the journey: ${questionOf(fact, 0)
      .toLowerCase()
      .replace(fact.subject.toLowerCase(), () => fact.subject)}`;
  const items = chosen.map(({ fact }, index) => ({
    id: `item-${index}`,
    question: index % 2 === 0 ? questionOf(fact, 0) : long(fact),
    answer: fact.values[0] as string,
  }));
  const kind = (
    name: string,
    parity: 0 | 1 | null,
    ask: (question: string, index: number) => string,
  ): MutantKind => ({
    kind: `contaminated: ${name}`,
    tasks: chosen
      .flatMap(({ fact, segment }, index): GateTask[] => {
        if (parity !== null && index % 2 !== parity) return [];
        const question = ask(items[index]?.question ?? "", index);
        const candidate: Candidate = {
          question,
          answer: fact.values[0] as string,
          answerType: "string",
          options: [],
          quotes: [],
        };
        return [{ segment, candidate, fact, shape: "contaminated" }];
      })
      .slice(0, PER_KIND),
    needsModel: null,
  });
  return {
    set: { name: "gate.jsonl", digest: "0".repeat(64), items },
    kinds: [
      kind("exact", null, (question) => question),
      kind("case and punctuation", null, (question) =>
        question.toLowerCase().replace("?", "").replaceAll(",", ""),
      ),
      kind("long item with words around it", 1, (question, index) => framed(question, index)),
      kind("short item with words around it", 0, (question, index) => framed(question, index)),
    ],
  };
}

function framed(question: string, index: number): string {
  const inner = `${question.charAt(0).toLowerCase()}${question.slice(1)}`;
  const all = [
    `Can you tell me ${inner}`,
    `Please tell me: ${inner}`,
    `Do you know ${inner}`,
    `${question} Give the name.`,
    `I would like to know ${inner}`,
  ];
  return all[index % all.length] as string;
}
