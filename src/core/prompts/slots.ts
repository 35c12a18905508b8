/** The prompts of a family, and the slots of each. `required` must stand in a template. */
export interface PromptSlots {
  readonly slots: readonly string[];
  readonly required: readonly string[];
}

const DOCUMENT = ["document", "title", "subject"] as const;

/**
 * Every prompt that a template can replace. The name of a file is the name of the prompt and
 * `.txt`.
 */
export const PROMPTS = {
  /** The model chooses the format. Only with `challenger.format: model`. */
  format: { slots: DOCUMENT, required: ["document"] },
  "challenger-mcq": { slots: [...DOCUMENT, "passage"], required: ["document"] },
  "challenger-free": { slots: [...DOCUMENT, "passage", "type", "form"], required: ["document", "form"] },
  "blind-mcq": { slots: ["question", "options"], required: ["question", "options"] },
  "blind-free": { slots: ["question", "form"], required: ["question"] },
  "open-book-mcq": { slots: [...DOCUMENT, "question", "options"], required: ["document", "question"] },
  "open-book-free": { slots: [...DOCUMENT, "question", "form"], required: ["document", "question"] },
  "reworded-mcq": { slots: [...DOCUMENT, "question", "options"], required: ["document", "question"] },
  "reworded-free": { slots: [...DOCUMENT, "question", "form"], required: ["document", "question"] },
  "options-only": { slots: ["options"], required: ["options"] },
} as const satisfies Readonly<Record<string, PromptSlots>>;

export type PromptName = keyof typeof PROMPTS;

/** Templates by name. A family without `format` does not let the model choose the format. */
export type Templates = Readonly<Record<Exclude<PromptName, "format">, string>> & {
  readonly format?: string;
};
