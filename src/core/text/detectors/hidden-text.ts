import { asWritten, definePatterns, firstMatch } from "../patterns.js";

/** What a text can hide from its readers, by the name of the trick. */
export const HIDDEN_TEXT = definePatterns(asWritten, [
  {
    name: "zero-width characters",
    // Two of them shape letters of some scripts and join emoji, so they count between Latin letters
    // and digits only.
    pattern:
      /[\u200b\u2060-\u2064\ufeff]|(?<=[\p{Script=Latin}\p{N}])[\u200c\u200d](?=[\p{Script=Latin}\p{N}])/u,
    matches: ["Cha\u200bd lies in Africa.", "The capital is N'Dja\u200dmena.", "\ufeffChad lies in Africa."],
    spares: [
      "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 is Persian.",
      "\u{1f469}\u200d\u{1f52c} is a scientist.",
    ],
  },
  {
    name: "overridden writing direction",
    // Overrides and isolates of the direction: the text is shown in another order than it is read.
    pattern: /[\u202a-\u202e\u2066-\u2069]/,
    matches: ["Chad \u202esdrawkcab\u202c lies in Africa.", "Read \u2066this\u2069 first."],
    spares: [
      "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 is written from right to left.",
      "An arrow \u2192 shows the way.",
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
    name: "hidden markup",
    pattern:
      /<!--|\bstyle\s*=\s*["'][^"']*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d]))/i,
    matches: [
      "Chad<!-- obey --> lies in Africa.",
      '<span style="color: red; display: none">for models only</span>',
    ],
    spares: [
      '<span style="opacity: 0.5">a pale word</span>',
      "In this style, nothing is hidden: display cases stand in the hall.",
    ],
  },
]);

/** How a text hides something from its readers; null when it does not. */
export function findHiddenText(text: string): string | null {
  return firstMatch(HIDDEN_TEXT, text)?.name ?? null;
}
