import { promptFamily } from "../../src/core/prompts/families.js";
import { card, MemoryCorpus } from "./memory.js";
import { type Reply, ScriptedTrainer } from "./scripted-trainer.js";

export const segments = [
  card("Atlantia", "Port Meridian", "Atlantic"),
  card("Borduria", "Szohod", "Bordurian"),
  card("Caspiania", "Lakeview", "Caspian"),
  card("Dalmasca", "Rabanastre", "Dalmascan"),
];
export const corpus = new MemoryCorpus(segments);

/** Which prompt it is, told by rendering: a blind prompt holds no document. */
export function roleOf(prompt: string): "proposal" | "open-book" | "blind" {
  const withDocument = segments.some((one) => prompt.includes(one.text));
  if (!withDocument) return "blind";
  const question = /What is the (capital|language) of/.exec(prompt.slice(prompt.lastIndexOf("Languages:")));
  return question === null ? "proposal" : "open-book";
}

export const subjectOf = (prompt: string): string =>
  segments.find((one) => prompt.includes(one.document.subject))?.document.subject ?? "";

export const capitalOf = (subject: string): string =>
  segments.find((one) => one.document.subject === subject)?.document.facts[0]?.values[0] ?? "";

/** A well-formed proposal in the small preset's format, about the capital. */
export function proposal(subject: string, question = `What is the capital of ${subject}?`): string {
  return smallProposal(question, capitalOf(subject));
}

export function smallProposal(question: string, answer: string): string {
  const family = promptFamily("small");
  const text = `Question: ${question}\nAnswer: ${answer}\n`;
  const parsed = family.parseProposal(text, { kind: "free", answerType: "string" }, true);
  if (!parsed.ok) throw new Error(`the fixture must parse: ${parsed.detail}`);
  return text;
}

/**
 * Even seeds answer blind questions right, odd ones wrong; with the document everything is right.
 */
export function halfRight(prompt: string, seed: bigint): Reply {
  const subject = subjectOf(prompt);
  switch (roleOf(prompt)) {
    case "proposal":
      return proposal(subject);
    case "open-book":
      return capitalOf(subject);
    default:
      return seed % 2n === 0n ? capitalOf(subject) : "Nowhere";
  }
}

export const trainerOf = (
  script: (prompt: string, seed: bigint, weights: number) => Reply,
  order?: (indices: number[]) => number[],
): ScriptedTrainer => new ScriptedTrainer(script, order);
