const WRAPPERS: readonly RegExp[] = [
  /^\$\$?([^$]+)\$\$?$/,
  /^\\\(([^\\]*(?:\\[^()[\]][^\\]*)*)\\\)$/,
  /^\*\*([^*]+)\*\*$/,
  /^`([^`]+)`$/,
  /^\\(?:text|mathrm|textbf|mathbf|textit)\{([^{}]*)\}$/,
];

/** Largest number of wrappers that are removed. */
const MAX_LAYERS = 3;

/**
 * The answer without typesetting around the whole of it: dollar signs, `\(...\)`, bold, code marks,
 * `\text{...}` and white space. A text that continues after a closed wrapper stays as it is.
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
