import { fold, squeeze } from "../../text/normalize.js";
import { type Check, PASSED, refused } from "../check.js";

const NOUN =
  "(?:documents?|passages?|texts?|articles?|excerpts?|extracts?|paragraphs?|tables?|figures?|charts?|snippets?|contexts?|sources?|authors?|" +
  "writers?|pages?|profiles?|fact ?sheets?|cards?|list|entry|information|data|details|facts?|statements?|options?|section|line|fields?)";
const QUALIFIER =
  "(?:(?:above|following|given|provided|below|attached|preceding|previous|accompanying|present|input|source|reference) )?";

/** Each pattern is tried on the folded, squeezed question. */
const PATTERNS: readonly RegExp[] = [
  new RegExp(
    `\\b(?:the|this|these|that|said) ${QUALIFIER}(?:documents?|passages?|excerpts?|extracts?|paragraphs?|snippets?|fact ?sheets?)\\b`,
  ),
  new RegExp(
    `\\b(?:the|this|these) (?:above|following|given|provided|below|attached|preceding|previous|accompanying) ${NOUN}\\b`,
  ),
  new RegExp(`\\b(?:this|these) ${NOUN}\\b`),
  new RegExp(
    `\\bthe ${NOUN} (?:above|below|provided|given here|shown|attached|you (?:have )?(?:read|were given))\\b`,
  ),
  new RegExp(
    `\\b(?:in|from|by|of|on|within|per|based on|according to|as per) the ${NOUN}(?= *(?:[,?.!;:]|$))`,
  ),
  new RegExp(`\\b(?:according to|based on|as per|per) (?:the|this|these|our|your) ${QUALIFIER}${NOUN}\\b`),
  new RegExp(
    `\\b(?:does|do|did) (?:the|this) ${NOUN} (?:say|state|mention|describe|list|give|show|report|claim|note|call)\\b`,
  ),
  /\b(?:mentioned|described|stated|listed|given|shown|discussed|provided|noted|cited|quoted|written) (?:above|below|here|in (?:the|this) [a-z]+)\b/,
  /\bmentioned\b|\blisted (?:for|as|here|first|last|under|among)\b/,
  /\b(?:the|this) (?:author|text|article)(?:'s)?\b(?! of\b)/,
  /\b(?:above|below)[- ]mentioned\b|\baforementioned\b/,
];

/** The Reasoner never sees the document, so a question that points at it cannot be answered as asked. */
export const checkDocumentReference: Check = ({ question }) => {
  const text = squeeze(fold(question));
  for (const pattern of PATTERNS) {
    const match = pattern.exec(text);
    if (match !== null)
      return refused("document_reference", `The question points at the document: "${match[0]}".`);
  }
  return PASSED;
};
