import type { PromptFamilyName, PromptTemplates } from "../experiment/experiment.js";
import type { PromptFamily } from "./family.js";
import { type FamilyParts, familyOf } from "./from-templates.js";
import { PAPER } from "./paper/family.js";
import { SMALL, SMALL_PROSE } from "./small/family.js";

export type { PromptFamily } from "./family.js";

const FAMILIES: Readonly<Record<PromptFamilyName, FamilyParts>> = {
  paper: PAPER,
  small: SMALL,
  "small-prose": SMALL_PROSE,
};

/** The parts of the family with the name that the configuration has in `challenger.prompts`. */
export function familyParts(name: PromptFamilyName): FamilyParts {
  return FAMILIES[name];
}

/**
 * The prompt family of a configuration.
 *
 * @param name value of `challenger.prompts`
 * @param own value of `challenger.templates`; null for the family's own wording
 */
export function promptFamily(name: PromptFamilyName, own: PromptTemplates | null = null): PromptFamily {
  return familyOf(familyParts(name), own);
}
