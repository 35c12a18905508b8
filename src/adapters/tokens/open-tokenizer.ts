import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import { SpiceError } from "../../app/errors.js";
import type { TokenCounter } from "../../app/ports/corpus.js";
import type { ChatMessage } from "../../core/records/prompt.js";

/**
 * The tokenizer of a model in this process, for the bounds of segments and for previews. Only the
 * sidecar tokenizes texts that are sampled from or trained on (docs/decisions).
 */
export interface LocalTokenizer extends TokenCounter {
  /**
   * Token ids of a text, without special tokens. `spice doctor` compares them with the ids of the
   * sidecar.
   */
  encode(text: string): readonly number[];
  /** True when the model has a chat template. */
  readonly hasChatTemplate: boolean;
  /**
   * Renders a conversation as the model reads it, up to the beginning of its answer.
   *
   * @throws SpiceError `CHAT_TEMPLATE` (exit 3) when there is no template, or when it cannot be
   * rendered here
   */
  renderChat(messages: readonly ChatMessage[]): string;
}

/**
 * Opens the tokenizer in a model folder: `tokenizer.json`, `tokenizer_config.json` and, for models
 * with a separate template, `chat_template.jinja`.
 *
 * @throws SpiceError `TOKENIZER_MISSING`, `TOKENIZER_UNREADABLE` (exit 3)
 */
export async function openTokenizer(folder: string): Promise<LocalTokenizer> {
  const path = join(folder, "tokenizer.json");
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new SpiceError("The folder has no tokenizer.json.", {
      code: "TOKENIZER_MISSING",
      boundary: "model",
      where: path,
      hint: "Give a model folder in Hugging Face format, with a fast tokenizer.",
      exit: 3,
      cause: error,
    });
  });
  const config = await readConfig(join(folder, "tokenizer_config.json"));
  const tokenizer = build(bytes, config, path);
  const template = await chatTemplate(folder, config);
  const encode = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  return {
    fingerprint: createHash("sha256").update(bytes).digest("hex"),
    encode,
    count: (text) => encode(text).length,
    hasChatTemplate: template !== null,
    renderChat: (messages) => render(template, messages, config, folder),
  };
}

type Config = Readonly<Record<string, unknown>>;

async function readConfig(path: string): Promise<Config> {
  const text = await readFile(path, "utf8").catch(() => "{}");
  try {
    return JSON.parse(text) as Config;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function build(bytes: Buffer, config: Config, path: string): Tokenizer {
  try {
    return new Tokenizer(JSON.parse(bytes.toString("utf8")) as object, config);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The chat template; the template named `default` when the configuration has several. */
async function chatTemplate(folder: string, config: Config): Promise<string | null> {
  const separate = await readFile(join(folder, "chat_template.jinja"), "utf8").catch(() => null);
  if (separate !== null) return separate;
  const found = config["chat_template"];
  if (typeof found === "string") return found;
  if (!Array.isArray(found)) return null;
  const named = found as readonly { readonly name?: string; readonly template?: string }[];
  return (named.find(({ name }) => name === "default") ?? named[0])?.template ?? null;
}

function render(
  template: string | null,
  messages: readonly ChatMessage[],
  config: Config,
  folder: string,
): string {
  if (template === null) throw templateError("The model has no chat template.", folder);
  try {
    return new Template(template).render({
      messages: messages.map(({ role, content }) => ({ role, content })),
      add_generation_prompt: true,
      ...specialTokens(config),
    });
  } catch (error) {
    throw templateError("The model's chat template cannot be rendered for a preview.", folder, error);
  }
}

/**
 * The special tokens of a configuration. `bos_token` and similar fields are texts, or objects with
 * a field `content`.
 */
function specialTokens(config: Config): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const [key, value] of Object.entries(config)) {
    if (!key.endsWith("_token")) continue;
    if (typeof value === "string") tokens[key] = value;
    else if (typeof value === "object" && value !== null && "content" in value)
      tokens[key] = String(value.content);
  }
  return tokens;
}

function templateError(message: string, folder: string, cause?: unknown): SpiceError {
  return new SpiceError(message, {
    code: "CHAT_TEMPLATE",
    boundary: "model",
    where: folder,
    hint: "The trainer renders prompts and may support the template; only this preview cannot be shown.",
    exit: 3,
    cause,
  });
}

function unreadable(path: string, cause: unknown): SpiceError {
  return new SpiceError("The tokenizer cannot be read.", {
    code: "TOKENIZER_UNREADABLE",
    boundary: "model",
    where: path,
    hint: "The file is damaged, or its kind is not supported. Fetch the model again.",
    exit: 3,
    cause,
  });
}
