import { type ArmCount, armCount } from "../../game/arms.js";
import type { AnswerPolicy, AnswerType } from "../../records/answer.js";
import type { Segment } from "../../records/document.js";
import type { Attempt, GoldVerdict } from "../../records/episode.js";
import type { ChatMessage, Prompt } from "../../records/prompt.js";
import type { Span } from "../../text/spans.js";
import { evidenceSentence } from "./evidence.js";
import type { TaskEntry } from "./task-list.js";

/**
 * One admitted task as a row of a dataset. The names are those of the columns. Users of datasets
 * work in Python, so the names are in its style.
 */
export interface ExportedTask {
  /** Id of the task; unique in a dataset. */
  readonly id: string;
  /** Id of the run, and the step and the place of the document in the step. */
  readonly run: string;
  readonly step: number;
  readonly slot: number;
  readonly question: string;
  /** Gold answer; for `mcq` the text of the right option. */
  readonly answer: string;
  readonly answer_type: AnswerType;
  /** Options in the order that the Reasoner sees; empty without multiple choice. */
  readonly options: readonly string[];
  /** Comparison rules of the answer; empty when none are declared. */
  readonly policy: AnswerPolicy;
  /** What the Reasoner reads, without the document. A prompt without roles is one user message. */
  readonly prompt: readonly ChatMessage[];
  /** Family of prompts, which decides how the final answer of an attempt is read. */
  readonly prompt_family: string;
  /** The sentence with the evidence; null when no place of the evidence is known. */
  readonly evidence: string | null;
  /** The text that the Challenger read. */
  readonly text: string;
  readonly document_id: string;
  readonly title: string;
  /** Address of the document, as the corpus recorded it. */
  readonly source: string;
  /** License as the source states it; empty when unknown. */
  readonly license: string;
  /** Language tag; empty when unknown. */
  readonly language: string;
  /** Graded attempts without the document, and the share of them that was right, 0 to 1. */
  readonly attempts: number;
  readonly pass_rate: number | null;
  /** Graded attempts with the document, and the share of them that was right, 0 to 1. */
  readonly open_book_attempts: number;
  readonly open_book_pass_rate: number | null;
  /** Reward of the Challenger; null when the proposal trained nothing. */
  readonly challenger_reward: number | null;
  /** What the facts of the document say about the gold answer; null when they were not asked. */
  readonly gold: GoldVerdict | null;
}

/** What a row needs beside the entry of the list. */
export interface ExportSource {
  readonly run: string;
  /** What the Reasoner reads, without the document. */
  readonly prompt: Prompt;
  readonly promptFamily: string;
  readonly segment: Segment;
  readonly blind: readonly Attempt[];
  readonly openBook: readonly Attempt[];
}

/** The row of a task. */
export function exportedTask(entry: TaskEntry, from: ExportSource): ExportedTask {
  const { task, step, slot, documentId, reward, gold } = entry;
  const { run, prompt, promptFamily, segment, blind, openBook } = from;
  const { title, sourceUri, licence, language } = segment.document;
  const [tried, read] = [armCount(blind), armCount(openBook)];
  return {
    id: task.id,
    ...{ run, step, slot },
    ...{ question: task.question, answer: task.answer, answer_type: task.answerType },
    options: task.shuffled,
    policy: task.policy ?? {},
    prompt: prompt.kind === "chat" ? prompt.messages : [{ role: "user", content: prompt.text }],
    prompt_family: promptFamily,
    evidence: sentenceOf(segment.text, task.evidence),
    text: segment.text,
    document_id: documentId,
    ...{ title, source: sourceUri, license: licence, language },
    ...{ attempts: tried.graded, pass_rate: shareRight(tried) },
    ...{ open_book_attempts: read.graded, open_book_pass_rate: shareRight(read) },
    ...{ challenger_reward: reward, gold },
  };
}

function sentenceOf(text: string, evidence: Span): string | null {
  return evidence.end > evidence.start ? evidenceSentence(text, evidence) : null;
}

/** The share of right attempts; null without graded attempts. */
function shareRight({ correct, graded }: ArmCount): number | null {
  return graded === 0 ? null : correct / graded;
}
