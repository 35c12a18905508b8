import { fileError } from "../../adapters/files/errors.js";
import { sha256 } from "../../adapters/hash/sha256.js";
import { openSource } from "../../adapters/sources/open-source.js";
import { InputFile } from "../../adapters/sources/readers/input-file.js";
import { usableItems } from "../../app/corpus/usable.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import { type CheckedText, checkProposal } from "../../app/runs/check-proposal.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { promptFamily } from "../../core/prompts/families.js";
import { readCandidate } from "../../core/prompts/reading/candidate.js";
import type { AnswerType } from "../../core/records/answer.js";
import type { Document } from "../../core/records/document.js";
import type { ParseResult, TaskFormat } from "../../core/records/task.js";
import { composeEvaluations } from "../compose/evaluations.js";
import { composeOwnCode, withoutSinks } from "../compose/own-code.js";
import type { Output } from "../terminal/output.js";

/** What to check. */
export interface CheckFileOptions {
  readonly experiment: Experiment;
  /** File with the task or the proposal. */
  readonly task: string;
  /** File with the document. */
  readonly document: string;
  /** Type that the model was asked for; null for a task as JSON. */
  readonly format: AnswerType | null;
  /** True: checks that are off are run too. */
  readonly all: boolean;
  readonly output: Output;
}

/**
 * Runs the parser and the checks on the proposal in a file.
 *
 * @throws SpiceError `TASK_FORMAT`, `CHECK_DOCUMENT_EMPTY` (exit 2), and the errors of readers,
 * evaluation sets and own code
 */
export async function checkFile(options: CheckFileOptions): Promise<CheckedText> {
  const { experiment, output } = options;
  const text = await new InputFile(options.task).text().catch((error: unknown) => {
    throw fileError(error, "reading the task", options.task, "cli");
  });
  const parsed = parse(text, options);
  const documents = await documentsOf(options.document, output);
  await using own = await composeOwnCode(withoutSinks(experiment), output);
  return checkProposal(parsed, documents, {
    config: experiment.admission,
    evaluations: await composeEvaluations(experiment),
    own: own.code.checks,
    off: options.all ? "run" : "skip",
  });
}

function parse(text: string, { experiment, task, format }: CheckFileOptions): ParseResult {
  if (format !== null) {
    const { prompts, templates } = experiment.challenger;
    return promptFamily(prompts, templates).parseProposal(text, taskFormat(format), true);
  }
  const candidate = readCandidate(text);
  if (candidate !== null) return candidate;
  throw new SpiceError("The file has no JSON object with question, answer and answerType.", {
    code: "TASK_FORMAT",
    boundary: "cli",
    where: task,
    hint: "If it is the proposal of a model, give the type that the model was asked for: --format mcq, or --format string.",
    exit: EXIT.usage,
  });
}

function taskFormat(answerType: AnswerType): TaskFormat {
  return answerType === "mcq" ? { kind: "mcq" } : { kind: "free", answerType };
}

async function documentsOf(path: string, output: Output): Promise<[Document, ...Document[]]> {
  const documents: Document[] = [];
  for await (const item of usableItems(await openSource(path, { strict: true }), sha256)) {
    if (item.kind === "document") documents.push(item.document);
    else if (item.kind === "skip") output.detail(`left out: ${item.where}: ${item.detail}`);
  }
  const [first, ...others] = documents;
  if (first !== undefined) return [first, ...others];
  throw new SpiceError("The file has no text.", {
    code: "CHECK_DOCUMENT_EMPTY",
    boundary: "corpus",
    where: path,
    hint: "Run the command with -v: it says what was left out.",
    exit: EXIT.usage,
  });
}
