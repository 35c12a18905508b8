import { defineCheck, PASSED, refused } from "../../checks/check.js";
import { fold, squeeze } from "../../text/normalize.js";
import { definePatterns, firstMatch } from "../../text/patterns.js";
import type { CandidateInput } from "../input.js";

const DOCUMENTS =
  "documents?|passages?|texts?|articles?|excerpts?|extracts?|paragraphs?|tables?|figures?|charts?|snippets?|contexts?|sources?";
const PARTS =
  "fact ?sheets?|cards?|list|entry|information|data|details|facts?|statements?|options?|section|line|fields?";
const NOUN = `(?:${DOCUMENTS}|authors?|writers?|pages?|profiles?|${PARTS})`;
const PLACED = "above|following|given|provided|below|attached|preceding|previous|accompanying";
const QUALIFIER = `(?:(?:${PLACED}|present|input|source|reference) )?`;

/**
 * Words that point at the document. The first pattern that is found is the one that the detail
 * quotes.
 */
const REFERENCES = definePatterns(
  (text) => squeeze(fold(text)),
  [
    {
      name: "the passage",
      pattern: new RegExp(
        `\\b(?:the|this|these|that|said) ${QUALIFIER}(?:documents?|passages?|excerpts?|extracts?|paragraphs?|snippets?|fact ?sheets?)\\b`,
      ),
      matches: [
        "According to the document, what is the capital of Chad?",
        "What does the passage say about Chad?",
      ],
      spares: ["Which passage leads from the Red Sea to Aden?", "Who documents the birds of Chad?"],
    },
    {
      name: "the following table",
      pattern: new RegExp(`\\b(?:the|this|these) (?:${PLACED}) ${NOUN}\\b`),
      matches: [
        "In the following table, what is Chad's area?",
        "Which of the given facts about Chad is true?",
      ],
      spares: ["Who won the previous election in Chad?", "What is the table of the elements?"],
    },
    {
      name: "this text",
      pattern: new RegExp(`\\b(?:this|these) ${NOUN}\\b`),
      matches: ["What is this text about?", "Which of these facts about Chad is true?"],
      spares: ["What is the capital of this country?", "Who wrote the text of the Marseillaise?"],
    },
    {
      name: "the area given above",
      pattern: new RegExp(
        `\\bthe ${NOUN} (?:above|below|provided|given here|shown|attached|you (?:have )?(?:read|were given))\\b`,
      ),
      matches: [
        "Based on the information provided, what is Chad's area?",
        "What is the line below the name of Chad?",
      ],
      spares: ["What is the line between Chad and Libya called?", "Which data does a census collect?"],
    },
    {
      name: "in the text, at the end of a clause",
      pattern: new RegExp(
        `\\b(?:in|from|by|of|on|within|per|based on|according to|as per) the ${NOUN}(?= *(?:[,?.!;:]|$))`,
      ),
      matches: ["What is the capital of Chad in the text?", "From the data, how many people live in Chad?"],
      spares: ["Which gas is in the line of a refrigerator?", "What is the area of the Sahara?"],
    },
    {
      name: "according to the source",
      pattern: new RegExp(
        `\\b(?:according to|based on|as per|per) (?:the|this|these|our|your) ${QUALIFIER}${NOUN}\\b`,
      ),
      matches: [
        "According to the author of the report, what is the capital of Chad?",
        "Based on your reference data about Chad, what is its area?",
      ],
      spares: [
        "According to Ohm's law, what is the current?",
        "According to the UN, how many people live in Chad?",
      ],
    },
    {
      name: "does the text say",
      pattern: new RegExp(
        `\\b(?:does|do|did) (?:the|this) ${NOUN} (?:say|state|mention|describe|list|give|show|report|claim|note|call)\\b`,
      ),
      matches: ["What does the author claim about Chad?", "What do the facts say about Chad?"],
      spares: ["What does the flag of Chad show?", "What did the writers of the constitution fear?"],
    },
    {
      name: "stated in the text",
      pattern:
        /\b(?:mentioned|described|stated|listed|given|shown|discussed|provided|noted|cited|quoted|written) (?:above|below|here|in (?:the|this) [a-z]+)\b/,
      matches: ["What is the area of Chad given above?", "What is described in the report about Chad?"],
      spares: [
        "Which right is given by citizenship?",
        "In which language is the constitution of Chad written?",
      ],
    },
    {
      name: "mentioned",
      // A source behind the word is named by its name: `mentioned in genesis 1:1`.
      pattern:
        /\bmentioned\b(?! (?:in|by|on) (?!(?:the|this|these|that|any|our|your)\b|[^\p{L}\p{N}]*$))|\blisted (?:for|as|here|first|last|under|among)\b/u,
      matches: ["Which language is mentioned for Chad?", "What is listed as the main export of Chad?"],
      spares: [
        "Which companies are listed on the stock exchange of Cairo?",
        "What does a will mention first?",
        "What is mentioned in Genesis 1:1?",
      ],
    },
    {
      name: "the author",
      pattern: /\b(?:the|this) (?:author|text|article)(?:'s)?\b(?! of\b)/,
      matches: ["What is the author's opinion of Chad?", "How many people live in Chad as the text says?"],
      spares: ["Who is the author of Hamlet?", "What is the text of the treaty?"],
    },
    {
      name: "aforementioned",
      pattern: /\b(?:above|below)[- ]mentioned\b|\baforementioned\b/,
      matches: [
        "What is the aforementioned capital of Chad?",
        "Who led the above-named and above mentioned country?",
      ],
      spares: ["Which tax is below average in Chad?", "What lies above the troposphere?"],
    },
  ],
);

/**
 * The Reasoner never sees the document, so a question that points at it cannot be answered as
 * asked.
 */
export const documentReference = defineCheck({
  setting: "documentReference",
  codes: { document_reference: "speaks of “the text”" },
  stage: "checks",
  describe: "The question must not refer to `the text` or `the table above`.",
  paper: "asked for in the prompt, not checked",
  demo: "refuse",
  cost: "regular expressions",
  patterns: [REFERENCES],
  run: ({ candidate: { question } }: CandidateInput) => {
    const match = firstMatch(REFERENCES, REFERENCES.prepare(question));
    return match === null
      ? PASSED
      : refused("document_reference", `The question points at the document: "${match.text}".`);
  },
});
