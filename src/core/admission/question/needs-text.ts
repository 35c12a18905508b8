import { defineCheck, PASSED, refused } from "../../checks/check.js";
import { squeeze } from "../../text/normalize.js";
import { asWritten, definePatterns, matchOf } from "../../text/patterns.js";
import type { ProposalInput } from "../input.js";

/** Nouns of people and things that a text speaks about before a question can say `the`. */
const KNOWN_FROM_TEXT =
  "company|firm|corporation|startup|organi[sz]ation|agency|institution|speaker|narrator|protagonist|interviewee|interviewer|" +
  "study|survey|trial|interview|lecture|speech|poem|novel|story|defendant|plaintiff|patient|project|experiment|researchers?|respondents?|participants?|couple|family|hero|heroine|main character";
/** Nouns that need `of`, `in` or `for` behind them. */
const OF_SOMETHING =
  "population|capital(?: city)?|currency|(?:total |surface |land )?area|gdp|gross domestic product|inflation rate|unemployment rate|" +
  "literacy rate|birth rate|death rate|life expectancy|median age|official language|national anthem|head of state|climate|" +
  "(?:net |annual |total )?(?:revenues?|income|turnover|profit|budget)|(?:final )?(?:score|results?|outcome)|title|main (?:idea|topic|theme|character)|topic|theme|moral|author|" +
  "winner|temperature|price|total cost|total|average|answer|deadline|address|(?:main|largest|biggest) (?:city|export|exports|industry|river|religion|ethnic group|language|port)";
/** Times, which do not say of which thing the question speaks. */
const TIME =
  "(?:(?:in|during|by|as of|since|around|before|after|at|on) (?:the )?(?:(?:year|end of|beginning of|mid|early|late) ?)?(?:\\d[\\d,/-]*(?:s|bc|ad|ce|bce)?|(?:january|february|march|april|may|june|july|august|september|october|november|december)\\b(?: \\d+,?)*|(?:\\d+th|last|next|previous) (?:century|year|decade|census)|census)\\b,? ?)";
/** Verbs between the subject of a question and its end add no name. */
const ASKING =
  "(?:what|which|how (?:large|big|high|old|many|much|long)|when|where|who|whose|why|name|give|state)";

/**
 * Questions that cannot be answered without their text, though every word of them is clear. Each is
 * found only where no name stands in the question.
 */
const NEEDS_TEXT = definePatterns(
  (text) => squeeze(text).toLowerCase(),
  [
    {
      name: "a thing known from the text",
      pattern: new RegExp(
        `\\bthe (?:${KNOWN_FROM_TEXT})\\b(?! (?:of|that|which|who|whose|where|whom|behind|called|named|known|with|for|in(?! \\d)|at|from|on(?! \\d)|responsible|(?:owned|founded|created|led) by)\\b)`,
      ),
      matches: ["What year did the company launch?", "Which event does the speaker describe?"],
      spares: [
        "What is the company that makes trains called?",
        "Which year was the agency for atomic energy founded in?",
      ],
    },
    {
      name: "a pronoun for something before",
      pattern:
        /^(?:who|whom|what|when|where|why|how)(?:'s|'d| else| really)? (?!(?:is|was|are|were|would) (?:there|it)\b)(?:\p{Ll}+ ){1,3}(?:(?:it|him|them|that)(?=(?: (?:as well|too|first|all|with|in|to|off|for))?\s*[?.!]*$)|(?<!(?:is|are|was|were|be) )there(?=\s*[?.!]*$))/u,
      matches: ["Who created it?", "What took place there?"],
      spares: ["Who was Chad's president when France left it?", "How many islands are there?"],
    },
    {
      name: "a part of a conversation",
      pattern:
        /^(?:and|or|but|so|because|then)\b[^?]{0,40}\?*$|^(?:(?:in|on|at|by|of|for|from|to|with|about|after|before|because of) )?(?:which|what|who|whom|whose|how|when|where|why)(?: (?:one|ones|else|many|much|so|not|way|kind|sort|others?|about))*\s*\?*$/,
      matches: ["And the year?", "Which one?", "About who?"],
      spares: [
        "Which ocean is largest?",
        "And who wrote Hamlet and many other plays in the same theater of London?",
      ],
    },
    {
      name: "a measure of nothing",
      pattern: new RegExp(
        `^${ASKING}\\b[^?]{0,40}?(?:\\b(?:is|was|are|were)|'s) (?:the|its) (?:${OF_SOMETHING})(?:,? ?${TIME}){0,2}(?:(?:is|was|were|are|be|become|made|changed?|grow|rise|fall|founded|located)\\b ?)?(?:${TIME})?\\s*[?.!]*$`,
      ),
      matches: ["What was the population in 2011?", "What is the capital?"],
      spares: [
        "What was the population of the city in 2011?",
        "How many people live in the old capital of the Maya?",
      ],
    },
    {
      name: "an unknown that is not defined",
      pattern:
        /^(?!.*[=<>≤≥≠+*/^])(?!.*\b(?:if|when|where|given|such that|satisf\w+|solv\w+|equation|let|equals?|is|for) [^?]*\d)(?=what|find|calculate|compute|determine|give|solve)[^?]{0,30}(?:\b(?:value|solution)s? of|\bfor|^find|^calculate|^compute|^what is) (?:the (?:variable|unknown) )?[a-z]\b(?:[ ,]+and [a-z]\b)?\s*[?.!]*$/,
      matches: ["What is the value of x?", "Find the values of x and y."],
      spares: ["If 2x = 6, what is the value of x?", "What is the value of pi?"],
    },
  ],
);

/** A name that says which thing is meant: a capital inside the question, or a quotation. */
const SAYS_WHICH = definePatterns(asWritten, [
  {
    name: "name or quotation",
    // Months and abbreviations of common words do not say which thing is meant.
    pattern:
      /(?<=[\p{L}\p{N}%,;:'"(“-]\s["'“‘(]?)(?!(?:January|February|March|April|May|June|July|August|September|October|November|December|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|I|CEO|CFO|CTO|GDP|GNP)\b)\p{Lu}[\p{L}\p{M}\p{N}'’.-]*|["“”«»„`][^"“”«»`]{2,}["“”«»`]/u,
    matches: ["What year did the company Apple launch?", 'Who leads the company "example"?'],
    spares: ["What year did the company launch?", "What was the unemployment rate in March 2011?"],
  },
]);

/**
 * The Reasoner does not see the document. A question without any name that speaks of `the company`
 * or of `the population` leaves open which one is meant. A question with a name passes, and so does
 * a question that says more about the thing (`the company that makes trains`).
 */
export const needsText = defineCheck({
  setting: "needsText",
  codes: { needs_text: "cannot be answered without the text" },
  stage: "checks",
  describe:
    "A question without a name must not speak of a thing that only the text makes known: `the company`, `the speaker`, `the population in 2011`, `the value of x`.",
  paper: "asked for in the prompt, not checked",
  demo: "refuse",
  cost: "regular expressions",
  patterns: [NEEDS_TEXT, SAYS_WHICH],
  run: ({ candidate: { question } }: Pick<ProposalInput, "candidate">) => {
    if (SAYS_WHICH.patterns.some((pattern) => matchOf(pattern, squeeze(question)) !== null)) return PASSED;
    const prepared = NEEDS_TEXT.prepare(question);
    for (const pattern of NEEDS_TEXT.patterns) {
      const match = matchOf(pattern, prepared);
      if (match !== null)
        return refused(
          "needs_text",
          `The question cannot be answered without its text (${pattern.name}): "${match.text.trim()}".`,
        );
    }
    return PASSED;
  },
});
