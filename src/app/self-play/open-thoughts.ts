import { THOUGHT_OPENINGS, type ThoughtAtStart } from "../../core/prompts/reading/reasoning.js";
import type { Prompt } from "../../core/records/prompt.js";
import type { Trainer } from "../ports/trainer.js";

/** What templates write behind the tag that opens a thought. */
const ENDINGS = ["", "\n", "\n\n"] as const;

/** Texts without a tag. They show which tokens of a tokenized tag do not belong to the tag. */
const OTHERS = ["\n0", "\nanswer"] as const;

/**
 * Finds prompts that end inside a thought: the chat template of the model wrote `<think>` as the
 * last text of the prompt. The trainer renders prompts, and the orchestrator has their token ids
 * only. So the trainer tokenizes the tag, and the last ids of a prompt are compared with these ids.
 */
export class OpenThoughts {
  #marks: Promise<readonly Int32Array[]> | null = null;

  constructor(
    private readonly trainer: Pick<Trainer, "tokenize">,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Says whether a completion begins inside a thought. The first call for a chat asks the trainer
   * once; a prompt without roles has no template and opens no thought.
   *
   * @param ids token ids of the prompt, as the sampler used them
   */
  async atEndOf(prompt: Prompt, ids: Int32Array): Promise<ThoughtAtStart> {
    if (prompt.kind !== "chat") return "none";
    this.#marks ??= tokenizedOpenings(this.trainer, this.signal);
    const marks = await this.#marks;
    return marks.some((mark) => endsWith(ids, mark)) ? "opened" : "none";
  }
}

/**
 * The token ids of the opening tags. A line break stands before each tag when it is tokenized, as
 * in templates. Ids that all these texts begin with, such as the first token of a text, are
 * removed.
 */
async function tokenizedOpenings(
  trainer: Pick<Trainer, "tokenize">,
  signal: AbortSignal,
): Promise<readonly Int32Array[]> {
  const openings = THOUGHT_OPENINGS.flatMap((tag) => ENDINGS.map((ending) => `\n${tag}${ending}`));
  const texts = [...OTHERS, ...openings].map((text): Prompt => ({ kind: "text", text }));
  const rows = await trainer.tokenize(texts, signal);
  const shared = sharedStart(rows);
  const [first, second, ...marks] = rows.map((row) => row.subarray(shared));
  // A tokenizer without these signs has one id for all unknown signs.
  const unusable = [first, second].filter((one) => one !== undefined);
  return marks.filter((mark) => mark.length > 0 && !unusable.some((one) => endsWith(one, mark)));
}

/** Number of ids that all rows begin with. */
function sharedStart(rows: readonly Int32Array[]): number {
  const [first = new Int32Array()] = rows;
  const end = first.findIndex((id, at) => rows.some((row) => row[at] !== id));
  return end < 0 ? first.length : end;
}

function endsWith(ids: Int32Array, mark: Int32Array): boolean {
  const from = ids.length - mark.length;
  return from >= 0 && mark.every((id, at) => ids[from + at] === id);
}
