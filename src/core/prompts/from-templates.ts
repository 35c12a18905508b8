import { passageLine } from "../corpus/passages.js";
import type { PromptTemplates } from "../experiment/experiment.js";
import type { FreeAnswerType } from "../records/answer.js";
import type { Segment } from "../records/document.js";
import type { ChatMessage, Prompt } from "../records/prompt.js";
import type { Task } from "../records/task.js";
import { answerForm } from "./answer-form.js";
import type { PromptFamily } from "./family.js";
import { PROMPTS, type PromptName, type Templates } from "./slots.js";
import { parseTemplate, renderTemplate, type SlotValues, type Template } from "./template.js";

/** What a family of prompts consists of: templates, values of their slots, and parsers. */
export interface FamilyParts
  extends Pick<
    PromptFamily,
    | "id"
    | "parseFormat"
    | "parseProposal"
    | "proposalText"
    | "challengerStops"
    | "reasonerStops"
    | "parseAnswer"
    | "answerText"
  > {
  readonly templates: Templates;
  /** System message of a template without roles; null for prompts without roles. */
  readonly system: string | null;
  /** Text of the slot `document`. */
  documentText(segment: Segment): string;
  /** Slots of `challenger-free` that depend on the type: `type`, `form` and slots of the family. */
  typeSlots(type: FreeAnswerType): SlotValues;
  /** Names of the family's own slots of `challenger-free`. */
  readonly moreSlots: readonly string[];
  /** Text of the slot `options`. */
  optionsText(task: Task): string;
}

/** The slots of a prompt of a family. */
export function slotsOf(family: Pick<FamilyParts, "moreSlots">, name: PromptName): readonly string[] {
  const { slots } = PROMPTS[name];
  return name === "challenger-free" ? [...slots, ...family.moreSlots] : slots;
}

/**
 * A family of prompts. The user's templates replace the templates of the family; parsers stay.
 *
 * @param own the user's templates; null for none
 */
export function familyOf(parts: FamilyParts, own: PromptTemplates | null): PromptFamily {
  const texts: Readonly<Record<string, string | undefined>> = { ...parts.templates, ...own?.texts };
  const parsed = new Map<PromptName, Template>();
  const template = (name: PromptName): Template => {
    const known = parsed.get(name);
    if (known !== undefined) return known;
    const result = parseTemplate(texts[name] ?? "", slotsOf(parts, name));
    if (!result.ok) throw new Error(`template ${name}, line ${result.line}: ${result.text}`);
    parsed.set(name, result.template);
    return result.template;
  };
  const prompt = (name: PromptName, values: SlotValues): Prompt =>
    toPrompt(template(name), values, parts.system);
  const about = (segment: Segment): SlotValues => ({
    document: parts.documentText(segment),
    title: segment.document.title,
    subject: segment.document.subject,
  });
  const asked = (task: Task): SlotValues => ({
    question: task.question,
    options: task.answerType === "mcq" ? parts.optionsText(task) : "",
    form: answerForm(task) ?? "",
  });
  const ending = ({ answerType }: Task) => (answerType === "mcq" ? "mcq" : "free");
  const { id, parseFormat, parseProposal, proposalText, challengerStops } = parts;
  const { reasonerStops, parseAnswer, answerText } = parts;
  return {
    id: own === null ? id : `${id}+${own.sha256.slice(0, 8)}`,
    formatSelection: (segment) => (texts["format"] === undefined ? null : prompt("format", about(segment))),
    parseFormat,
    challenger: (segment, format, focus) => {
      const passage = focus === null ? "this text" : `"${passageLine(segment, focus)}"`;
      const values = { ...about(segment), passage };
      return format.kind === "mcq"
        ? prompt("challenger-mcq", values)
        : prompt("challenger-free", { ...values, ...parts.typeSlots(format.answerType) });
    },
    parseProposal,
    proposalText,
    challengerStops,
    openBook: (segment, task) => prompt(`open-book-${ending(task)}`, { ...about(segment), ...asked(task) }),
    reworded: (segment, task) => prompt(`reworded-${ending(task)}`, { ...about(segment), ...asked(task) }),
    optionsOnly: (task) => prompt("options-only", { options: parts.optionsText(task) }),
    blind: (task) => prompt(`blind-${ending(task)}`, asked(task)),
    reasonerStops,
    parseAnswer,
    answerText,
  };
}

const ROLE = /^--- (system|user)\n/gm;

/**
 * The prompt of a template. Lines `--- system` and `--- user` begin the messages of a chat. A line
 * of that form in a value is text.
 */
function toPrompt(template: Template, values: SlotValues, system: string | null): Prompt {
  const [first, ...rest] = template.parts;
  const startsWithRole = first?.kind === "text" && /^--- (system|user)\n/.test(first.text);
  if (!startsWithRole) {
    const text = renderTemplate(template, values);
    if (system === null) return { kind: "text", text };
    return {
      kind: "chat",
      messages: [
        { role: "system", content: system },
        { role: "user", content: text },
      ],
    };
  }
  const messages: { role: ChatMessage["role"]; parts: Template["parts"][number][] }[] = [];
  for (const part of [first, ...rest]) {
    if (part.kind !== "text") {
      messages.at(-1)?.parts.push(part);
      continue;
    }
    let end = 0;
    for (const mark of part.text.matchAll(ROLE)) {
      messages.at(-1)?.parts.push({ kind: "text", text: part.text.slice(end, mark.index) });
      messages.push({ role: mark[1] as ChatMessage["role"], parts: [] });
      end = mark.index + mark[0].length;
    }
    messages.at(-1)?.parts.push({ kind: "text", text: part.text.slice(end) });
  }
  return {
    kind: "chat",
    messages: messages.map(({ role, parts }) => ({
      role,
      // The line break before the next role ends the line and not the message.
      content: renderTemplate({ parts }, values).replace(/\n$/, ""),
    })),
  };
}
