import { templateOf } from "../admission/question/masking.js";
import { dedupKey } from "../admission/repeats/asked-tasks.js";
import type { Candidate } from "../records/task.js";
import { answerKey, contentWords, words } from "../text/normalize.js";

/**
 * Share of questions that ask something no earlier one in the list asks (see `dedupKey`); null without any.
 */
export function distinctQuestionRatio(candidates: readonly Candidate[]): number | null {
  return ratio(new Set(candidates.map(dedupKey)).size, candidates.length);
}

/**
 * Distinct word n-grams over all n-grams of the texts: falls when phrasing becomes a template. Null when
 * there is none.
 */
export function distinctNgramRatio(texts: readonly string[], n = 3): number | null {
  const seen = new Set<string>();
  let total = 0;
  for (const text of texts) {
    const all = words(text);
    for (let start = 0; start + n <= all.length; start += 1) {
      seen.add(all.slice(start, start + n).join(" "));
      total += 1;
    }
  }
  return ratio(seen.size, total);
}

/** Shannon entropy, in bits, of how often each key occurs; null without any. 0 when all are the same. */
export function entropyBits(keys: readonly string[]): number | null {
  if (keys.length === 0) return null;
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy += (count / keys.length) * Math.log2(keys.length / count);
  return entropy;
}

/** Entropy of the gold answers, in bits; null without any. */
export function answerEntropyBits(candidates: readonly Candidate[]): number | null {
  return entropyBits(candidates.map((candidate) => answerKey(candidate.answer)));
}

/**
 * Entropy of what is asked, in bits, whatever the subject: of the questions without their names. Tells asking for the
 * capital of every country (0) from asking for different things. A name is a capitalised word after the first one,
 * which holds for English. Null without any question.
 */
export function askedEntropyBits(questions: readonly string[]): number | null {
  return entropyBits(questions.map(askedKey));
}

/** What a question asks for, whatever the subject: its words with content, without names (see `askedEntropyBits`). */
export function askedKey(question: string): string {
  const [first = "", ...rest] = question.split(/\s+/);
  const nameless = [first, ...rest.filter((word) => !/^\P{L}*\p{Lu}/u.test(word))];
  return contentWords(nameless.join(" ")).join(" ");
}

/**
 * Share of the most frequent template among questions, subjects and numbers masked: 1 when every question is one phrase with another
 * name in it. Null without any.
 */
export function templateShare(questions: readonly string[]): number | null {
  const counts = new Map<string, number>();
  for (const question of questions) {
    const template = words(templateOf(question, "")).join(" ");
    counts.set(template, (counts.get(template) ?? 0) + 1);
  }
  return ratio(Math.max(0, ...counts.values()), questions.length);
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
