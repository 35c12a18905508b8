import { SpiceError } from "../../app/errors.js";
import type { TrainBatch } from "../../app/ports/trainer.js";
import { Column } from "../../gen/spice/trainer/v1/columns.js";
import type { ComputeLogprobsRequest } from "../../gen/spice/trainer/v1/scoring.js";
import { type Clients, TIMEOUT_MS } from "./clients.js";
import { batchEnd, chunks, declaration, encodeTokens } from "./columns.js";
import { float32s, uint32s } from "./ragged.js";

type Tokens = Pick<TrainBatch, "prompts" | "sequences">;

/** The session that scores. */
export interface ScoringSession {
  readonly clients: Clients;
  readonly sessionId: string;
  readonly epoch: number;
}

/**
 * Computes log-probabilities under the training weights, with one ComputeLogprobs call for each
 * temperature in the batch. Row i belongs to sequence i and has the shape [length of its
 * completion].
 *
 * @throws SpiceError `TRAINER_ANSWER` (exit 4) when the rows do not fit the sequences
 */
export async function scoreSequences(
  session: ScoringSession,
  batch: Tokens,
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const rows: Float32Array[] = batch.sequences.map(() => new Float32Array(0));
  for (const temperature of new Set(batch.sequences.map((sequence) => sequence.temperature))) {
    const places = batch.sequences.flatMap((sequence, place) =>
      sequence.temperature === temperature ? [place] : [],
    );
    const part = {
      prompts: batch.prompts,
      sequences: batch.sequences.filter((sequence) => sequence.temperature === temperature),
    };
    const scored = await scoreAt(session, part, temperature, signal);
    places.forEach((place, index) => {
      const row = scored[index];
      if (row === undefined || row.length !== batch.sequences[place]?.completionIds.length) throw misfit();
      rows[place] = row;
    });
  }
  return rows;
}

async function scoreAt(
  { clients, sessionId, epoch }: ScoringSession,
  batch: Tokens,
  temperature: number,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const columns = encodeTokens(batch);
  const target = { target: { $case: "current" as const, value: true } };
  async function* parts(): AsyncGenerator<ComputeLogprobsRequest> {
    const start = { sessionId, epoch, columns: columns.map(declaration), target, temperature };
    yield { part: { $case: "start", value: start } };
    for (const value of chunks(columns)) yield { part: { $case: "chunk", value } };
    yield { part: { $case: "end", value: batchEnd(batch, columns) } };
  }
  const data: Uint8Array[] = [];
  const offsets: Uint8Array[] = [];
  for await (const { part } of clients.scoring.computeLogprobs(parts(), {
    timeoutMs: TIMEOUT_MS.sample,
    signal,
  })) {
    if (part?.$case !== "chunk" || part.value.column !== Column.LOGPROBS) continue;
    const piece = part.value.part;
    if (piece?.$case === "data") data.push(Uint8Array.from(piece.value));
    if (piece?.$case === "offsets") offsets.push(Uint8Array.from(piece.value));
  }
  const values = float32s(Buffer.concat(data));
  const bounds = uint32s(Buffer.concat(offsets));
  if (bounds.length !== batch.sequences.length + 1 || bounds.at(-1) !== values.length) throw misfit();
  return batch.sequences.map((_, row) => values.slice(bounds[row], bounds[row + 1]));
}

const misfit = (): SpiceError =>
  new SpiceError("The trainer's log-probabilities do not fit the sequences that were sent.", {
    code: "TRAINER_ANSWER",
    boundary: "trainer",
    hint: "Run `spice trainer check` on it: scoring.proto says what is due.",
    exit: 4,
  });
