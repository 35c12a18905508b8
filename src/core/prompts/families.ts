import type { PromptFamily } from "./family.js";
import { paperFamily } from "./paper/family.js";
import { smallFamily } from "./small/family.js";

export type { PromptFamily } from "./family.js";

/** The prompt family with the name that the configuration has in `challenger.prompts`. */
export function promptFamily(name: "paper" | "small"): PromptFamily {
  return name === "paper" ? paperFamily : smallFamily;
}
