const WRAPPERS: readonly RegExp[] = [
  /^\$\$?([^$]+)\$\$?$/,
  /^\\\(([^\\]*(?:\\[^()[\]][^\\]*)*)\\\)$/,
  /^\*\*([^*]+)\*\*$/,
  /^`([^`]+)`$/,
  /^\\(?:text|mathrm|textbf|mathbf|textit)\{([^{}]*)\}$/,
];

/** Most layers of wrapping that are taken off. */
const MAX_LAYERS = 3;

/**
 * The answer without what merely typesets it: dollar signs, `\(...\)`, bold, code marks or `\text{...}` around the whole of it,
 * and white space. Never a part of it: what follows a closed wrapper keeps the text as it is.
 */
export function unwrap(text: string): string {
  let inner = text.trim();
  for (let layer = 0; layer < MAX_LAYERS; layer += 1) {
    const match = /^[$\\*`]/.test(inner) ? WRAPPERS.map((one) => one.exec(inner)).find(Boolean) : undefined;
    if (match?.[1] === undefined) return inner;
    inner = match[1].trim();
  }
  return inner;
}
