/** Zero-width characters and word joiners. Two of them shape letters of some scripts, and join emoji. */
const ZERO_WIDTH =
  /[\u200b\u2060-\u2064\ufeff]|(?<=[\p{Script=Latin}\p{N}])[\u200c\u200d](?=[\p{Script=Latin}\p{N}])/u;
/** Overrides and isolates of writing direction: they show another order than is read. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/;
/** Tag characters: a whole invisible alphabet. They are also the letters of three flags, which begin with a black flag. */
const TAGS = /(?<!\u{1f3f4}[\u{e0020}-\u{e007f}]{0,8})[\u{e0000}-\u{e007f}]/u;
const MARKUP =
  /<!--|\bstyle\s*=\s*["'][^"']*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d]))/i;

/** How a text hides something from its readers; null when it does not. */
export function findHiddenText(text: string): string | null {
  if (ZERO_WIDTH.test(text)) return "zero-width characters";
  if (DIRECTION.test(text)) return "overridden writing direction";
  if (TAGS.test(text)) return "invisible tag characters";
  return MARKUP.test(text) ? "hidden markup" : null;
}
