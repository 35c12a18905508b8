import type { OwnDefinition } from "../../core/own-code/definitions.js";
import type { OwnKind } from "../../core/records/own-code.js";

/** The function that a module of each kind must have. */
const METHODS = { reward: "reward", check: "check", reader: "parse", source: "read", sink: "open" } as const;

/** A default export that is no module. The message is a sentence for people. */
export class WrongShape extends Error {}

/** True when a `define` function made this value. */
export const isDefined = (exported: unknown): exported is { readonly spice: OwnKind } =>
  typeof exported === "object" &&
  exported !== null &&
  Object.hasOwn(METHODS, (exported as { spice?: PropertyKey }).spice ?? "");

/**
 * The module that a file exports by default.
 *
 * @throws WrongShape when the file exports something else, or a part is missing
 */
export function definitionOf(exported: unknown, kind: OwnKind): OwnDefinition {
  const define = `define${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  if (!isDefined(exported))
    throw new WrongShape(`The module must have \`export default ${define}({ ... })\`.`);
  if (exported.spice !== kind)
    throw new WrongShape(`The module defines a ${exported.spice}; a ${kind} is needed here.`);
  const found = exported as Readonly<Record<string, unknown>>;
  const { name, version } = found;
  if (typeof name !== "string" || !/^[a-z][a-z0-9_-]{0,39}$/.test(name))
    throw new WrongShape(
      "`name` must begin with a small letter and have at most 40 letters, digits, - and _.",
    );
  if (typeof version !== "string" || version === "")
    throw new WrongShape('`version` must be a text, for example "1".');
  if (typeof found[METHODS[kind]] !== "function")
    throw new WrongShape(`A ${kind} must have the function \`${METHODS[kind]}\`.`);
  const { endings } = found;
  const areEndings = Array.isArray(endings) && endings.every((one) => /^\.[^/\\]+$/.test(String(one)));
  if (kind === "reader" && !areEndings)
    throw new WrongShape('`endings` must be a list of endings with a dot, for example [".log"].');
  return exported as OwnDefinition;
}
