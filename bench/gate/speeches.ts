import { readFile } from "node:fs/promises";
import { makeSegment } from "./corpus.js";
import type { GateTask } from "./good.js";

/** Passages of speeches with a question each; one JSON object a line. */
const FILE = "tests/data/gate/speeches.jsonl";

interface SpeechTask {
  /** Year and speaker. */
  readonly source: string;
  readonly passage: string;
  readonly question: string;
  readonly answer: string;
}

/**
 * Returns right tasks about running text that nobody of this project wrote: passages of speeches on
 * the state of the union, 1790 to 2021. The questions were written and checked by hand, and each
 * answer stands in its passage. The documents have no known subject and no facts.
 */
export async function speechTasks(): Promise<readonly GateTask[]> {
  const lines = (await readFile(FILE, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const { passage, question, answer } = JSON.parse(line) as SpeechTask;
    return {
      segment: makeSegment(passage, "", [], "prose"),
      candidate: { question, answer, answerType: "string", options: [], quotes: [] },
      fact: null,
      shape: /\d/.test(answer) ? "number" : "string",
    };
  });
}
