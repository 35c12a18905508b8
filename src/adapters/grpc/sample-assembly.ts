import type { Sample, SampleEvent } from "../../app/ports/trainer.js";
import type { SampleFinished, SampleResponse } from "../../gen/spice/trainer/v1/sampling.js";
import { finishReason } from "./mapping.js";
import { protocol } from "./operations.js";
import { float32s, int32Rows, int32s } from "./ragged.js";

/** Joins the chunks and the final messages of one sampling call to whole samples. */
export class SampleAssembly {
  #version = 0;
  readonly #parts = new Map<string, { ids: Int32Array[]; logprobs: Float32Array[] }>();

  constructor(private readonly wantLogprobs: boolean) {}

  /**
   * The event for the caller; null when the message completes nothing.
   *
   * @throws SpiceError `TRAINER_PROTOCOL` (exit 3) when a sample has a wrong number of
   * log-probabilities
   */
  add({ event }: SampleResponse): SampleEvent | null {
    switch (event?.$case) {
      case "started":
        this.#version = event.value.policyVersion;
        return { kind: "started", policyVersion: this.#version, promptIds: int32Rows(event.value.promptIds) };
      case "chunk": {
        const parts = this.#partsOf(event.value.promptIndex, event.value.sampleIndex);
        parts.ids.push(int32s(event.value.tokenIds));
        parts.logprobs.push(float32s(event.value.logprobs));
        return null;
      }
      case "finished":
        return { kind: "sample", sample: this.#finish(event.value) };
      case "done":
        return {
          kind: "done",
          promptTokens: Number(event.value.promptTokens),
          completionTokens: Number(event.value.completionTokens),
          seconds: event.value.seconds,
        };
      default:
        return null;
    }
  }

  #partsOf(promptIndex: number, sampleIndex: number) {
    const key = `${promptIndex}/${sampleIndex}`;
    const parts = this.#parts.get(key) ?? { ids: [], logprobs: [] };
    this.#parts.set(key, parts);
    return parts;
  }

  #finish(message: SampleFinished): Sample {
    const { promptIndex, sampleIndex, text, spans } = message;
    const parts = this.#partsOf(promptIndex, sampleIndex);
    this.#parts.delete(`${promptIndex}/${sampleIndex}`);
    const tokenIds = joinIds([...parts.ids, int32s(message.tokenIds)]);
    const logprobs = joinFloats([...parts.logprobs, float32s(message.logprobs)]);
    const reason = finishReason(message.reason);
    const usable = reason !== "aborted" && reason !== "error";
    if (this.wantLogprobs && usable && logprobs.length !== tokenIds.length) {
      throw protocol(`a sample has ${tokenIds.length} tokens but ${logprobs.length} log-probabilities`);
    }
    // A publish may happen during a sample. Such a sample has the version of its oldest token.
    const policyVersion = spans.reduce(
      (oldest, span) => Math.min(oldest, span.policyVersion),
      spans[0]?.policyVersion ?? this.#version,
    );
    return {
      promptIndex,
      sampleIndex,
      tokenIds,
      logprobs: this.wantLogprobs ? logprobs : null,
      text,
      reason,
      policyVersion,
    };
  }
}

function joinIds(parts: readonly Int32Array[]): Int32Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  return Int32Array.from(parts.flatMap((part) => [...part]));
}

function joinFloats(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  return Float32Array.from(parts.flatMap((part) => [...part]));
}
