import { SpiceError } from "../app/errors.js";
import { isSection, settings } from "./json-schema.js";
import type { Layer, Tree } from "./layers.js";
import { presentName } from "./old-names.js";
import { alternatives, suggest } from "./suggest.js";

/**
 * Parses one `--set a.b=c`. The value is JSON when it parses as JSON, else a text. Arrays are
 * replaced completely. Unknown paths are errors, except below `trainer.engine`, which belongs to
 * the trainer.
 *
 * @throws SpiceError `CONFIG_OVERRIDE` (exit 2)
 */
export function parseOverride(text: string): Layer {
  const equals = text.indexOf("=");
  const path = presentName(text.slice(0, equals).trim());
  if (equals <= 0 || path.split(".").includes("")) {
    throw usage(
      `\`${text}\` is not a setting.`,
      "--set",
      "Write it as path=value, for example --set train.learningRate=1e-5.",
    );
  }
  const known = settings();
  const found = known.find((setting) => setting.path === path);
  if (
    found === undefined &&
    !path.startsWith("trainer.engine.") &&
    !/^(model\.lora\.(rank|alpha)|trainer\.tls\.(ca|cert|key|serverName))$/.test(path)
  ) {
    const near = suggest(
      path,
      known.map((setting) => setting.path),
    );
    throw usage(
      `There is no setting \`${path}\`.`,
      `--set ${text}`,
      near.length === 0
        ? "`spice config --reference` lists every setting."
        : `Did you mean ${alternatives(near)}?`,
    );
  }
  const value = parseValue(text.slice(equals + 1));
  if (found !== undefined && isSection(found) && (typeof value !== "object" || value === null)) {
    throw usage(
      `\`${path}\` is a section, not a value.`,
      `--set ${text}`,
      `Name a setting inside it, for example ${known.find((setting) => setting.path.startsWith(`${path}.`))?.path}.`,
    );
  }
  return { name: `--set ${text}`, values: nest(path.split("."), value) };
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Nests a value: `["a","b"], 1` gives `{a: {b: 1}}`. */
export function nest(path: readonly string[], value: unknown): Tree {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree;
}

function usage(message: string, where: string, hint: string): SpiceError {
  return new SpiceError(message, { code: "CONFIG_OVERRIDE", boundary: "config", where, hint, exit: 2 });
}
