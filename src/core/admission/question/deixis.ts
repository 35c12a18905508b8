import { type Check, PASSED, refused } from "../check.js";

/** A name or number that a later word can point back to: a capital inside the sentence, or digits. */
const NAME = /(?<=[\p{L}\p{N}%,;:'"(“-]\s+["'“(]?)\p{Lu}[\p{L}\p{M}'’.-]+|\d{2,}/u;

const THINGS =
  "(?:country|nation|state|city|town|village|island|territory|region|area|continent|government|party|company|organi[sz]ation|institution|person|" +
  "man|woman|people|group|event|war|battle|conflict|treaty|study|experiment|researchers?|process|reaction|method|system|model|species|animal|" +
  "plant|substance|material|book|film|story|poem|character|protagonist|narrator|speaker|problem|equation|function|graph|diagram|picture|image)";

/** Words that point at something outside the question, unless a name stands before them. */
const NEEDS_NAME: readonly RegExp[] = [
  /\b[Tt]h(?:is|ese) (?!(?:is|are|was|were|and|or)\b)\p{L}+/u,
  /\b[Tt]h(?:at|ose) (?:country|nation|state|city|place|person|man|woman|company|region|island|war|year|period|time|case|event|countries|people)\b(?! (?:who|that|which|with|in|of|from)\b)/,
  /\b(?:[Ii]s|[Aa]re|[Ww]as|[Ww]ere|[Dd]o|[Dd]oes|[Dd]id|[Hh]as|[Hh]ave|[Hh]ad|[Cc]an|[Ww]ill|[Ww]ould) (?:he|she|they)\b/,
  /\b(?:[Dd]oes|[Dd]id|[Hh]as|[Hh]ad|[Cc]an|[Ww]ill) it\b(?! (?:take|cost|mean|matter|rain|snow|happen|require|follow|make sense)\b)/,
  /\b(?:[Ii]s|[Ww]as) it (?:located|situated|found(?:ed)?|called|named|made|built|governed|ruled|bordered|used|known|divided|formed|composed|based|produced|established|created)\b/,
  /\b(?:[Ww]hat|[Ww]ho|[Ww]hen|[Ww]here|[Ww]hy|[Hh]ow (?:large|big|old|long|high|far|many|tall)) (?:is|was|are|were) (?:it|he|she|they)\b/,
  /(?:^|[,;:] |\b(?:is|are|was|were|of|in|and|what|which) )(?:[Ii]ts|[Tt]heir|[Hh]is) \p{L}+/u,
  new RegExp(
    `\\b[Tt]he ${THINGS}(?='s\\b|[?.,;!]|\\s*$| (?:is|are|was|were|has|have|had|does|do|did)\\b| (?:in|from|on|at|of|to|by|for)\\s*[?.,])`,
    "u",
  ),
];

/** Words that point outside the question whatever stands in it. */
const NEVER: readonly RegExp[] = [
  /\b[Tt]he (?:former|latter)\b(?! (?:is|was)? ?(?:president|prime|king|queen|minister|soviet|yugoslav|capital|colony|ruler|name)| [A-Z])/,
  /\b(?:[Aa]s (?:described|mentioned|noted|stated|shown|discussed|explained|listed|seen) (?:above|below|earlier|previously|here|before))\b/,
  /\b(?:[Aa]bove|[Bb]elow)(?=\s*[?,:.]|\s*$)/,
  /\b(?:[Ii]n|[Ff]rom) (?:here|there)(?=\s*[?,.]|\s*$)/,
];

/** `the following` points at the options of a multiple-choice task, or at what the question lists itself. */
const FOLLOWING = /\b[Tt]he following\b|\b[Oo]f these\b(?! \p{L}+ )|\b[Ww]hich of (?:these|those|them)\b/u;

/**
 * The question stands alone: no "this country", "it" or "the following" without something in the question that is meant. A
 * word that points back is fine behind a name (`Chad borders Libya; which language is spoken there?`), and pointing at the
 * options is fine where there are options.
 */
export const checkDeixis: Check = ({ question, answerType }, { document }) => {
  const text = question.replace(/\s+/g, " ").trim();
  const never = firstMatch(NEVER, text);
  if (never !== null) return dangling(never[0]);
  const following = FOLLOWING.exec(text);
  if (following !== null && answerType !== "mcq" && !listsSomething(text.slice(following.index)))
    return dangling(following[0]);
  for (const pattern of NEEDS_NAME) {
    const match = pattern.exec(text);
    if (match === null || FOLLOWING.test(match[0])) continue;
    if (/^[Tt]hese\b/.test(match[0]) && answerType === "mcq" && /\bof $/.test(text.slice(0, match.index)))
      continue;
    if (!namesSomething(text.slice(0, match.index), document.subject)) return dangling(match[0]);
  }
  return PASSED;
};

function dangling(words: string) {
  return refused(
    "dangling_deixis",
    `The question points at something that it does not name: "${words.trim()}".`,
  );
}

function firstMatch(patterns: readonly RegExp[], text: string): RegExpExecArray | null {
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match !== null) return match;
  }
  return null;
}

/** A colon with content, or three items, behind the pointing words. */
function listsSomething(rest: string): boolean {
  return /:\s*\S/.test(rest) || rest.split(/,|;|\bor\b/).length > 2;
}

/** A name in the words before; the first word of a sentence counts when it is the document's subject, or is followed by another name. */
function namesSomething(before: string, subject: string): boolean {
  if (NAME.test(` ${before}`) && NAME.test(before)) return true;
  const first = /^["'“(]*(\p{Lu}[\p{L}\p{M}'’.-]*)/u.exec(before)?.[1] ?? "";
  return (
    first !== "" &&
    !QUESTION_WORDS.test(first) &&
    (subject.includes(first.replace(/['’]s$/, "")) || before.length > first.length)
  );
}

const QUESTION_WORDS =
  /^(?:What|Which|Who|Whom|Whose|When|Where|Why|How|Is|Are|Was|Were|Do|Does|Did|Has|Have|Had|Can|Could|Will|Would|Should|In|On|At|Of|From|For|To|By|Name|Give|State|List|Identify|Calculate|Find|Tell|During|According|As|If|Among|The|A|An|This|These|That|Those|It|Its|Their|They|He|She|His|Her)$/;
