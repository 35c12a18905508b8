import { fold, squeeze } from "../normalize.js";

const MODEL =
  "(?:ai|a\\.i\\.|llms?|(?:large )?language models?|(?:ai |virtual )?assistants?|chat ?bots?|gpt|models?)";

/**
 * Text that speaks to a model instead of a reader. The input is folded and squeezed. Models obey such
 * text: 88 % of the time, and 13 % of the time when these spans are removed ("Self-Study
 * Reconsidered", 2026, arXiv 2606.32002). Each pattern needs an imperative together with an addressee
 * or a topic, because ordinary prose about models does not combine the two.
 */
const PATTERNS: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget|override|bypass|do not follow|don't follow) (?:all |any |every |the |your |my |these |those |of ){0,3}(?:previous|prior|above|earlier|preceding|foregoing|existing|system|original)?(?: [a-z]+)? ?(?:instructions?|prompts?|directions|guidelines|commands|messages|rules)\b(?! (?:of|for) (?:the )?(?:court|game|road|grammar|engagement))/,
  /\byou are (?:now|no longer|henceforth) (?:an? |the |in )?(?:[a-z-]+ ){0,3}(?:assistant|model|ai|chatbot|dan|mode|jailbroken|bound|restricted|expert|system)\b/,
  new RegExp(
    `\\b(?:if you are|when you are|as|dear|attention|note to|message (?:to|for)|instructions? (?:to|for)|hey|hello) (?:an? |the |all |any |every )?${MODEL} ?(?:[,:!]|reading|processing|generating|that (?:reads|is reading))`,
  ),
  /\b(?:new|updated|hidden|real|special|secret) (?:system )?(?:instructions?|prompt|task|objective) ?:/,
  /\b(?:system|developer) (?:prompt|message)\b.{0,30}\b(?:is|says|reveal|print|repeat|output|override)\b|\b(?:reveal|print|repeat|output|show|leak) (?:me )?(?:your|the) (?:system |hidden |initial )?(?:prompt|instructions)\b/,
  /<\|[a-z_]{2,20}\|>|\[\/?inst\]|<<\/?sys>>|<\/?(?:system|assistant|user|instructions?|prompt)>|(?:^|\n|\. )\s*#{2,} ?(?:instructions?|system|response|assistant|user)\b ?:?/,
  /\b(?:always|only|just|simply|instead|must|please) (?:answer|respond|reply|output|write|say|return)(?: only)?(?: with| by)? (?:the (?:word|letter|number|phrase|option|answer)\b|["'a-z0-9]{1,40}["']|[a-d]\b(?!\w)|exactly\b)/,
  /\b(?:answer|respond|reply) (?:only|exactly|solely|always) (?:with|in)\b/,
  /\bthe (?:correct|right|gold|expected) (?:answer|option|choice) (?:to|for) (?:all|any|every|each|the next|the following|this) (?:questions?|tasks?)\b|\bmark (?:this|any|every) answers? (?:as )?correct\b/,
  /\b(?:your|the model's) (?:new |only |real |sole )?(?:task|job|goal|objective|role|instructions?) (?:is|are) (?:now )?to (?:answer|respond|output|write|say|ignore|generate|produce|act)\b/,
  /\b(?:do not|don't|never) (?:mention|reveal|disclose|tell)\b.{0,40}\b(?:instructions?|prompt|the user|this message|these rules)\b/,
];

/** The first span of a text that is aimed at a model; null when there is none. */
export function findInstruction(text: string): string | null {
  const plain = squeeze(fold(text));
  for (const pattern of PATTERNS) {
    const match = pattern.exec(plain);
    if (match !== null) return match[0].trim();
  }
  return null;
}
