import { keyed } from "../../src/core/random/rng.js";
import type { Fact } from "../../src/core/records/document.js";
import type { Candidate } from "../../src/core/records/task.js";
import { answerKey, containsWords, words } from "../../src/core/text/normalize.js";
import type { GateCorpus } from "./corpus.js";
import { type GateTask, lineOf, wrongOptions } from "./good.js";
import type { MutantKind } from "./mutants.js";

/** Returns multiple-choice tasks with a fault in their options. */
export function badOptions(
  corpus: GateCorpus,
  facts: readonly (GateTask & { readonly fact: Fact })[],
  limit: number,
): MutantKind[] {
  const mcq = facts.filter((one) => one.candidate.answerType === "mcq");
  const kind = (
    name: string,
    from: readonly GateTask[],
    make: (options: readonly string[], task: GateTask, index: number) => Partial<Candidate> | null,
  ): MutantKind => ({
    kind: `options: ${name}`,
    tasks: keyed(corpus.draw, "options", name)
      .shuffle(from)
      .flatMap((task, index) => {
        const changes = make(task.candidate.options, task, index);
        return changes === null ? [] : [{ ...task, candidate: { ...task.candidate, ...changes } }];
      })
      .slice(0, limit),
    needsModel: null,
  });
  const lists = facts.filter((one) => one.shape === "list" || one.candidate.answer.includes(", "));
  return [
    kind("a twin of the answer", mcq, ([gold = "", , two = "", three = ""], _, index) => ({
      options: [gold, [`${gold}.`, gold.toUpperCase(), ` The ${gold}`][index % 3] as string, two, three],
    })),
    kind("one that holds the answer", mcq, ([gold = "", , two = "", three = ""]) => ({
      options: [gold, `${gold} and others`, two, three],
    })),
    kind("a catch-all", mcq, ([gold = "", one = "", two = ""], _, index) => ({
      options: [gold, one, two, ["All of the above", "None of these", "Both A and B"][index % 3] as string],
    })),
    kind("another kind than the answer", mcq, ([gold = "", one = "", two = ""]) => ({
      options: [gold, one, two, /\d/.test(gold) ? "a large amount" : "1,250"],
    })),
    kind("the answer missing", mcq, ([, one = "", two = "", three = ""], task, index) => {
      const wrong = wrongOptions(task.fact as Fact, corpus, keyed(corpus.draw, "missing", index)) ?? [];
      const fourth = wrong.find((option) => ![one, two, three].some((other) => overlaps(option, other)));
      return fourth === undefined ? null : { options: [one, two, three, fourth] };
    }),
    kind("two of the same enumeration", lists, (_, task, index) => {
      const items = task.candidate.answer.split(", ");
      const [gold = "", twin = ""] = items;
      const wrong = (wrongOptions(task.fact as Fact, corpus, keyed(corpus.draw, "two", index)) ?? [])
        .map((one) => one.split(", ")[0] as string)
        .filter((one) => !items.some((item) => overlaps(item, one)));
      if (wrong.length < 2 || overlaps(gold, twin) || overlaps(wrong[0] ?? "", wrong[1] ?? "")) return null;
      const options = [gold, twin, ...wrong.slice(0, 2)];
      return { answer: gold, answerType: "mcq", options, quotes: [lineOf(task.fact as Fact)] };
    }),
    kind(
      "the answer is the one long option",
      mcq.filter((one) => !/\d/.test(one.candidate.answer)),
      ([gold = "", one = "", two = "", three = ""], task) => {
        const long = `${gold}, which was always the case according to all accounts`;
        return { answer: long, options: [long, one, two, three], quotes: [lineOf(task.fact as Fact)] };
      },
    ),
    kind(
      "the answer is the one precise number",
      facts.filter((one) => /^[\d,]{5,}$/.test(one.candidate.answer)),
      (_, task) => {
        const value = Number(task.candidate.answer.replaceAll(",", ""));
        const size = 10 ** (String(value).length - 1);
        if (String(value).replace(/0+$/, "").length < 4) return null;
        const options = [2, 4, 7].map((factor) => (factor * size).toLocaleString("en-US"));
        return { answerType: "mcq", options: [task.candidate.answer, ...options] };
      },
    ),
  ];
}

function overlaps(one: string, other: string): boolean {
  const [a, b] = [words(answerKey(one)), words(answerKey(other))];
  return containsWords(a, b) || containsWords(b, a);
}
