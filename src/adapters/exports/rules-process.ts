/**
 * The rules of an exported package, as a process: a JSON object a line on stdin, a JSON object a
 * line on stdout. `spice runs export` copies this file and the files that it imports, so it imports
 * nothing outside `core` and Node's own modules.
 *
 * Request: `{ task: { question, answer, answerType, shuffled, policy }, family, text, finished }`.
 * The reply is `{ answer, verdict }`. With `gold: true` in place of the text, the reply is
 * `{ text }`: an attempt with the gold answer. A line that cannot be read gives `{ error }`.
 */
import { createInterface } from "node:readline";
import { verify } from "../../core/answers/verify.js";
import type { PromptFamilyName } from "../../core/experiment/experiment.js";
import { familyParts } from "../../core/prompts/families.js";
import type { Task } from "../../core/records/task.js";

interface Request {
  readonly task: Pick<Task, "question" | "answer" | "answerType" | "shuffled" | "policy">;
  /** `<name>/<version>`, as the run recorded it; own templates add a mark behind the version. */
  readonly family: string;
  readonly text?: string;
  /** False when the text ended at the token limit. */
  readonly finished?: boolean;
  readonly gold?: boolean;
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(answerTo(line))}\n`);

function answerTo(line: string): Readonly<Record<string, unknown>> {
  try {
    const request = JSON.parse(line) as Request;
    const name = request.family.split("/", 1)[0] as PromptFamilyName;
    const family = familyParts(name);
    const task: Task = {
      ...{ id: "", segmentId: "", evidence: { start: 0, end: 0 }, quotes: [] },
      ...{ options: request.task.shuffled, ...request.task },
    };
    if (request.gold === true) return { text: family.answerText(task) };
    const end = request.finished === false ? "cut_off" : "finished";
    const answer = family.parseAnswer(request.text ?? "", task, { end, thought: "none" });
    return { answer, verdict: verify(task, answer) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
