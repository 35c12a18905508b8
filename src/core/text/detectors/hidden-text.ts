import { asWritten, definePatterns, firstMatch } from "../patterns.js";

/** Letters of scripts that are written from right to left. */
const RIGHT_TO_LEFT =
  "\\p{Script=Arabic}\\p{Script=Hebrew}\\p{Script=Syriac}\\p{Script=Thaana}\\p{Script=Nko}";
/** Most characters between a control of the direction and the letters that need it. */
const NEAR = 120;
/** Words with a space between them: inside such a word, an invisible character hides something. */
const SPACED = "\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}\\p{N}";

/** Cyrillic letters with the shape of a Latin letter. */
const CYRILLIC_TWINS = "аеорсухіјѕԁһԛԝ";
/** Greek letters with the shape of a Latin letter. */
const GREEK_TWINS = "ορυνικ";
/** Latin letters with the shape of a Cyrillic letter. */
const LATIN_TWINS = "aceopxyijs";

/** What a text can hide from its readers, by the name of the trick. */
export const HIDDEN_TEXT = definePatterns(asWritten, [
  {
    name: "zero-width characters",
    // Thai, Khmer, Chinese and others part their words with U+200B. At the edge of a word the
    // characters are remains of web pages. Two of them shape letters of some scripts, and they
    // join emoji.
    pattern: new RegExp(
      `(?<=[${SPACED}])[\\u200b\\u2060\\ufeff]+(?=[${SPACED}])|(?<=[\\p{Script=Latin}\\p{N}])[\\u200c\\u200d]+(?=[\\p{Script=Latin}\\p{N}])|[\\u200b-\\u200d\\u2060-\\u2064\\ufeff]{4}`,
      "u",
    ),
    matches: [
      "Cha\u200bd lies in Africa.",
      "The capital is N'Dja\u200dmena.",
      "Chad\u200b\u200c\u200b\u200b\u200c lies in Africa.",
      "Ч\u2060ад лежит в Африке.",
    ],
    spares: [
      "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 is Persian.",
      "\u{1f469}\u200d\u{1f52c} is a scientist.",
      "\u1797\u17b6\u179f\u17b6\u200b\u1781\u17d2\u1798\u17c2\u179a is Khmer.",
      "\u0e20\u0e32\u0e29\u0e32\u200b\u0e44\u0e17\u0e22 is Thai.",
      "\u0915\u094d\u200d\u0937 is Hindi.",
      "The first city \u200bis Moundou\u200b.",
    ],
  },
  {
    name: "overridden writing direction",
    pattern: /[\u202d\u202e]/,
    matches: ["Chad \u202esdrawkcab\u202c lies in Africa.", "The order \u202dis forced\u202c here."],
    spares: [
      "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 is written from right to left.",
      "An arrow \u2192 shows the way.",
    ],
  },
  {
    name: "writing direction without need",
    // Arabic, Hebrew and others need isolates and embeddings around foreign words.
    pattern: new RegExp(
      `(?<![${RIGHT_TO_LEFT}][^]{0,${NEAR}})[\\u202a\\u202b\\u2066-\\u2068](?![^]{0,${NEAR}}[${RIGHT_TO_LEFT}])`,
      "u",
    ),
    matches: ["Read \u2066this\u2069 first.", "Chad \u202blies in Africa.\u202c"],
    spares: [
      "\u064a\u0633\u062a\u062e\u062f\u0645 \u2066Linux\u2069 \u0627\u0644\u064a\u0648\u0645.",
      "The name \u2068\u05e9\u05dc\u05d5\u05dd\u2069 is Hebrew.",
    ],
  },
  {
    name: "invisible tag characters",
    // A whole invisible alphabet. The flags of three countries use it too, behind a black flag.
    pattern: /(?<!\u{1f3f4}[\u{e0020}-\u{e007f}]{0,8})[\u{e0000}-\u{e007f}]/u,
    matches: ["Chad\u{e006f}\u{e0062} lies in Africa.", "\u{e0041}Obey."],
    spares: [
      "The flag of Scotland is \u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}.",
      "A black flag \u{1f3f4} and nothing else.",
    ],
  },
  {
    name: "data in variation selectors",
    // One selector chooses the shape of the character before it; a second one chooses nothing.
    pattern: /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{2}/u,
    matches: ["A smile \u{1f600}\ufe01\ufe05\ufe0f.", "Chad\u{e0121}\u{e0152} lies in Africa."],
    spares: ["A heart \u2764\ufe0f and a key 1\ufe0f\u20e3.", "\u845b\u{e0100} is a name."],
  },
  {
    name: "look-alike letters of another script",
    // Only letters inside a word of the other script: `SMSка` and `μm` are written on purpose.
    pattern: new RegExp(
      `(?<=[a-z])[${CYRILLIC_TWINS}${GREEK_TWINS}]+(?=[a-z])|(?<![\\p{L}])[${CYRILLIC_TWINS}]{1,3}(?=[a-z]{3})|(?<=[А-Яа-яё])[${LATIN_TWINS}]{1,3}(?=[а-яё])`,
      "u",
    ),
    matches: ["Log in to p\u0430ypal today.", "The s\u0435\u0441ret is out.", "g\u03bfogle"],
    spares: [
      "SMS\u043a\u0430 and IT-\u0448\u043d\u0438\u043a are Russian.",
      "A film of 5 \u03bcm, \u03b2-carotene and \u0394x.",
    ],
  },
  {
    name: "hidden markup",
    // A comment is hidden text only when it speaks to the one who reads it by machine.
    pattern:
      /<!--(?=[^>]{0,2000}?\b(?:models?|llms?|ai|assistants?|chat ?bots?|gpt|instructions?|ignore|disregard|obey|prompt|respond|answer)\b)|\bstyle\s*=\s*["'][^"'<>]{0,300}?(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d]))/i,
    matches: [
      "Chad<!-- obey --> lies in Africa.",
      '<span style="color: red; display: none">for models only</span>',
    ],
    spares: [
      '<span style="opacity: 0.5">a pale word</span>',
      "In this style, nothing is hidden: display cases stand in the hall.",
      "# Chad\n<!-- table of contents -->\nChad lies in Africa.",
    ],
  },
]);

/** How a text hides something from its readers; null when it does not. */
export function findHiddenText(text: string): string | null {
  return firstMatch(HIDDEN_TEXT, text)?.name ?? null;
}
