import { defineCheck, PASSED, refused } from "../../checks/check.js";
import { squeeze } from "../../text/normalize.js";
import { definePatterns, firstMatch, matchesAny, matchOf } from "../../text/patterns.js";
import type { ProposalInput } from "../input.js";

const PLACES =
  "country|nation|state|city|town|village|island|territory|region|area|continent|government|party|company|organi[sz]ation|institution";
const PEOPLE = "person|man|woman|people|group";
const EVENTS = "event|war|battle|conflict|treaty";
const SCIENCE =
  "study|experiment|researchers?|process|reaction|method|system|model|species|animal|plant|substance|material";
const WORKS = "book|film|story|poem|character|protagonist|narrator|speaker";
const SHOWN = "problem|equation|function|graph|diagram|picture|image";
const THINGS = `(?:${[PLACES, PEOPLE, EVENTS, SCIENCE, WORKS, SHOWN].join("|")})`;

/** Words that point at something outside the question, unless a name stands before them. */
const NEEDS_NAME = definePatterns(squeeze, [
  {
    name: "this or these before a noun",
    pattern: /\b[Tt]h(?:is|ese) (?!(?:is|are|was|were|and|or)\b)\p{L}+/u,
    matches: ["What is the capital of this country?", "Which river do these people cross?"],
    spares: ["Is this or that river longer?", "What is the capital of Chad?"],
  },
  {
    name: "that or those before a noun",
    pattern:
      /\b[Tt]h(?:at|ose) (?:country|nation|state|city|place|person|man|woman|company|region|island|war|year|period|time|case|event|countries|people)\b(?! (?:who|that|which|with|in|of|from)\b)/,
    matches: ["What did those people grow?", "Who ruled that city?"],
    spares: [
      "What do those people who vote in Chad have to show?",
      "Which law says that taxes are due in May?",
    ],
  },
  {
    name: "verb before he, she or they",
    pattern:
      /\b(?:[Ii]s|[Aa]re|[Ww]as|[Ww]ere|[Dd]o|[Dd]oes|[Dd]id|[Hh]as|[Hh]ave|[Hh]ad|[Cc]an|[Ww]ill|[Ww]ould) (?:he|she|they)\b/,
    matches: ["Did they sign the treaty?", "Where was she born?"],
    spares: ["Did the delegates sign the treaty?", "Where was Marie Curie born?"],
  },
  {
    name: "verb before it",
    pattern:
      /\b(?:[Dd]oes|[Dd]id|[Hh]as|[Hh]ad|[Cc]an|[Ww]ill) it\b(?! (?:take|cost|mean|matter|rain|snow|happen|require|follow|make sense)\b)/,
    matches: ["When did it gain independence?", "How many islands does it have?"],
    spares: ["How long does it take to boil an egg?", "Where did it rain most in 2014?"],
  },
  {
    name: "is it located",
    pattern:
      /\b(?:[Ii]s|[Ww]as) it (?:located|situated|found(?:ed)?|called|named|made|built|governed|ruled|bordered|used|known|divided|formed|composed|based|produced|established|created)\b/,
    matches: ["Where is it located?", "In which year was it founded?"],
    spares: ["Why is it important to boil water?", "Where is Chad located?"],
  },
  {
    name: "what is it",
    pattern:
      /\b(?:[Ww]hat|[Ww]ho|[Ww]hen|[Ww]here|[Ww]hy|[Hh]ow (?:large|big|old|long|high|far|many|tall)) (?:is|was|are|were) (?:it|he|she|they)\b/,
    matches: ["How large is it?", "Who were they?"],
    spares: ["How large is Chad?", "Who were the first settlers of Iceland?"],
  },
  {
    name: "its, their or his",
    pattern: /(?:^|[,;:] |\b(?:is|are|was|were|of|in|and|what|which) )(?:[Ii]ts|[Tt]heir|[Hh]is) \p{L}+/u,
    matches: ["What is its capital?", "What is the color of their flag?"],
    spares: ["Which company sold its ships in 1912?", "What is the capital of Chad?"],
  },
  {
    name: "the country, with nothing that says which",
    pattern: new RegExp(
      `\\b[Tt]he ${THINGS}(?='s\\b|[?.,;!]|\\s*$| (?:is|are|was|were|has|have|had|does|do|did)\\b| (?:in|from|on|at|of|to|by|for)\\s*[?.,])`,
      "u",
    ),
    matches: ["Who led the country?", "What is the country's climate?", "What region is the nation in?"],
    spares: [
      "What is the name of the country of the Maoris?",
      "Which mountain rises above the city of Oslo?",
    ],
  },
  {
    name: "did the country do",
    pattern: new RegExp(
      `\\b(?:[Dd]o|[Dd]oes|[Dd]id|[Ww]ill) the (?:${PLACES}|${WORKS}) (?!(?:of|in|that|which|who|with|where|from|for|on|at|to|called|named|and|or)\\b)\\p{Ll}+`,
      "u",
    ),
    matches: ["When did the nation become independent?", "What does the company sell?"],
    spares: ["When did the nation of Chad vote?", "Which area does the city that burned cover?"],
  },
]);

/** Words that point outside the question whatever stands in it. */
const NEVER = definePatterns(squeeze, [
  {
    name: "the former or the latter",
    pattern:
      /\b[Tt]he (?:former|latter)\b(?! (?:is|was)? ?(?:president|prime|king|queen|minister|soviet|yugoslav|capital|colony|ruler|name)| (?:[A-Z]|\p{L}+s\b))/u,
    matches: ["Which of the two is the latter?", "What is the former known for?"],
    spares: [
      "Which is the former colony of France in central Africa?",
      "Which state of the former Yugoslavia is the largest?",
      "How long did the astronauts of the latter missions stay on the Moon?",
    ],
  },
  {
    name: "as mentioned above",
    pattern:
      /\b(?:[Aa]s (?:described|mentioned|noted|stated|shown|discussed|explained|listed|seen) (?:above|below|earlier|previously|here|before))\b/,
    matches: ["As mentioned above, what is the capital of Chad?", "Who ruled Chad as stated earlier?"],
    spares: ["As stated by Newton, what is inertia?", "Which metal is described as noble?"],
  },
  {
    name: "above or below at the end",
    pattern: /\b(?:[Aa]bove|[Bb]elow)(?=\s*[?,:.]|\s*$)/,
    matches: ["What is shown in the picture above?", "Which value is given below: the area or the age?"],
    spares: [
      "Which mountain rises above the city of Oslo?",
      "At how many degrees below zero does mercury freeze?",
    ],
  },
  {
    name: "in here or from there",
    pattern: /\b(?:[Ii]n|[Ff]rom) (?:here|there)(?=\s*[?,.]|\s*$)/,
    matches: ["How many people live in there?", "How far is the sea from here?"],
    spares: ["How far is the sea from Sarh?", "Is there oil in Chad?"],
  },
]);

/**
 * Words that point at the options of a multiple-choice task, or at what the question lists itself.
 */
const FOLLOWING = definePatterns(squeeze, [
  {
    name: "the following, of these",
    pattern: /\b[Tt]he following\b|\b[Oo]f these\b(?! \p{L}+ )|\b[Ww]hich of (?:these|those|them)\b/u,
    matches: ["Which of the following rivers flows north?", "Which of these is a river in Chad?"],
    spares: ["Which of the rivers of Chad flows north?", "What is the age of these old trees?"],
  },
]);

/**
 * A name or a number that a later word can point back to: a capital inside the sentence, or digits.
 */
const NAMES = definePatterns(
  (text) => text,
  [
    {
      name: "name or number",
      pattern:
        /(?<=[\p{L}\p{N}%,;:'"(“-]\s["'“(]?)(?!(?:CEO|CFO|CTO|GDP|GNP)\b)\p{Lu}[\p{L}\p{M}'’.-]+|\d{2,}/u,
      matches: ["When Curie moved to Paris, which subject did ", "Of the 21 states, which "],
      spares: ["Which language is spoken in ", "What is "],
    },
  ],
);

/**
 * A word that points back is fine behind a name (`Chad borders Libya; which language is spoken
 * there?`), and pointing at the options is fine where there are options.
 */
export const deixis = defineCheck({
  setting: "deixis",
  codes: { dangling_deixis: "points at nothing (“this country”)" },
  stage: "checks",
  describe:
    "The question must not refer to words outside the question: `this country`, `it`, `the following`.",
  paper: "asked for in the prompt, not checked",
  demo: "refuse",
  cost: "regular expressions",
  patterns: [NEEDS_NAME, NEVER, FOLLOWING, NAMES],
  run: ({
    candidate: { question, answerType },
    segment: { document },
  }: Pick<ProposalInput, "candidate" | "segment">) => {
    const asked = squeeze(question);
    const never = firstMatch(NEVER, asked);
    if (never !== null) return dangling(never.text);
    const following = firstMatch(FOLLOWING, asked);
    if (following !== null && answerType !== "mcq" && !listsSomething(asked.slice(following.index)))
      return dangling(following.text);
    for (const pattern of NEEDS_NAME.patterns) {
      const match = matchOf(pattern, asked);
      if (match === null || matchesAny(FOLLOWING, match.text)) continue;
      const before = asked.slice(0, match.index);
      // "Which of these rivers": the options say which.
      if (/^[Tt]hese\b/.test(match.text) && answerType === "mcq" && /\bof $/.test(before)) continue;
      if (!namesSomething(before, document.subject)) return dangling(match.text);
    }
    return PASSED;
  },
});

function dangling(words: string) {
  return refused(
    "dangling_deixis",
    `The question points at something that it does not name: "${words.trim()}".`,
  );
}

/** A colon with content, or three items, behind the pointing words. */
function listsSomething(rest: string): boolean {
  return /:\s*\S/.test(rest) || rest.split(/,|;|\bor\b/).length > 2;
}

/**
 * Whether the words before hold a name. The first word of a sentence is a name when the document's
 * subject holds it, or when more words follow it.
 */
function namesSomething(before: string, subject: string): boolean {
  if (matchesAny(NAMES, ` ${before}`) && matchesAny(NAMES, before)) return true;
  const first = /^["'“(]*(\p{Lu}[\p{L}\p{M}'’.-]*)/u.exec(before)?.[1] ?? "";
  return (
    first !== "" &&
    !QUESTION_WORDS.has(first) &&
    (subject.includes(first.replace(/['’]s$/, "")) || before.length > first.length)
  );
}

/** First words of a question that are no names. */
const QUESTION_WORDS: ReadonlySet<string> = new Set(
  (
    "What Which Who Whom Whose When Where Why How Is Are Was Were Do Does Did Has Have Had Can Could Will Would Should " +
    "In On At Of From For To By Name Give State List Identify Calculate Find Tell During According As If Among " +
    "The A An This These That Those It Its Their They He She His Her"
  ).split(" "),
);
