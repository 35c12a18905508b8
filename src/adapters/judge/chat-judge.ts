import { setTimeout as sleep } from "node:timers/promises";
import type { AnswerJudge, ComparedTexts } from "../../app/ports/verifiers.js";
import type { Opinion } from "../../core/truth/opinion.js";
import { Gate } from "./gate.js";
import { judgeMessages, readWord } from "./prompt.js";
import { pauseBeforeRetry, type RequestFailure } from "./retry.js";

/** Address and settings of the judge. */
export interface ChatJudgeOptions {
  /** For example `http://127.0.0.1:8000/v1`. The path `/chat/completions` is added. */
  readonly baseUrl: string;
  readonly model: string;
  /** Bearer token; null for none. It stays in this object, and no error and no log shows it. */
  readonly key: string | null;
  /** Time limit of a request, in milliseconds. */
  readonly timeoutMs: number;
  /** Largest number of simultaneous requests. */
  readonly concurrency: number;
}

/** Longest response that is read, in bytes. */
const MAX_RESPONSE_BYTES = 64 << 10;
/** Largest number of tokens of a reply. One word fits, with a space or punctuation around it. */
const MAX_TOKENS = 8;

/**
 * A judge behind an OpenAI-compatible chat endpoint. It samples greedily, replies with one word,
 * and every request is independent.
 */
export class ChatJudge implements AnswerJudge {
  readonly #options: ChatJudgeOptions;
  readonly #gate: Gate;
  readonly #url: string;

  constructor(options: ChatJudgeOptions) {
    this.#options = options;
    this.#gate = new Gate(options.concurrency);
    this.#url = `${options.baseUrl.replace(/\/+$/, "")}/chat/completions`;
  }

  /**
   * See `AnswerJudge.assess`. A failed request is repeated up to two times (see
   * `pauseBeforeRetry`).
   */
  async assess(text: ComparedTexts, signal: AbortSignal): Promise<Opinion> {
    signal.throwIfAborted();
    return this.#gate.pass(async () => {
      for (let tries = 1; ; tries += 1) {
        const outcome = await this.#request(text, signal);
        signal.throwIfAborted();
        if (typeof outcome === "string") return opinionOf(outcome);
        const pause = pauseBeforeRetry(outcome, tries);
        if (pause === null) return failed(outcome);
        await sleep(pause, undefined, { signal });
      }
    });
  }

  async #request(text: ComparedTexts, signal: AbortSignal): Promise<string | RequestFailure> {
    const { model, key, timeoutMs } = this.#options;
    const late = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        },
        body: JSON.stringify({
          model,
          messages: judgeMessages(text),
          temperature: 0,
          max_tokens: MAX_TOKENS,
          stream: false,
        }),
        // A redirect would send the key to another server.
        redirect: "error",
        signal: AbortSignal.any([signal, late]),
      });
      if (!response.ok) {
        await response.body?.cancel();
        return { kind: "status", status: response.status };
      }
      return (await readReply(response)) ?? { kind: "malformed" };
    } catch {
      return { kind: late.aborted ? "timeout" : "unreachable" };
    }
  }
}

/** The text of the first choice; null when the response is too long or has another form. */
async function readReply(response: Response): Promise<string | null> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > MAX_RESPONSE_BYTES) return null;
    pieces.push(piece);
  }
  try {
    const body = JSON.parse(Buffer.concat(pieces).toString("utf8")) as {
      choices?: readonly { message?: { content?: unknown } }[];
    };
    const content = body.choices?.[0]?.message?.content;
    return typeof content === "string" ? content : null;
  } catch {
    return null;
  }
}

function opinionOf(reply: string): Opinion {
  const verdict = readWord(reply);
  return verdict === null
    ? { kind: "infrastructure", cause: "protocol", detail: "the judge's reply is neither YES nor NO" }
    : { kind: "verdict", verdict, detail: "" };
}

function failed(failure: RequestFailure): Opinion {
  switch (failure.kind) {
    case "timeout":
      return { kind: "infrastructure", cause: "timeout", detail: "the judge took too long" };
    case "malformed":
      return {
        kind: "infrastructure",
        cause: "protocol",
        detail: "the judge's response is not a completion",
      };
    case "unreachable":
      return { kind: "infrastructure", cause: "died", detail: "the judge cannot be reached" };
    case "status":
      return {
        kind: "infrastructure",
        cause: "error",
        detail: `the judge's server answered with status ${failure.status}`,
      };
  }
}
