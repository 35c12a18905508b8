import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { WriteTask } from "../../app/ports/dataset.js";
import type { ExportedTask } from "../../core/analysis/listing/exported-task.js";

/** A file of rows inside a folder that is being written. */
export interface RowFile {
  readonly write: WriteTask;
  close(): Promise<void>;
}

/** `tasks.jsonl`: one JSON object a line. */
export function openJsonl(folder: string, name = "tasks.jsonl"): RowFile {
  const stream: WriteStream = createWriteStream(join(folder, name), { flags: "wx" });
  // An error of the file reaches the next write, or `close`.
  const ended = finished(stream);
  ended.catch(() => undefined);
  return {
    write: async (task) => {
      if (!stream.write(`${JSON.stringify(task)}\n`)) await Promise.race([once(stream, "drain"), ended]);
    },
    close: async () => {
      stream.end();
      await ended;
    },
  };
}

/** Columns of the Parquet file. Lists and objects are JSON texts. */
const COLUMNS: Readonly<Record<keyof ExportedTask, "STRING" | "INT32" | "DOUBLE" | "JSON">> = {
  id: "STRING",
  run: "STRING",
  step: "INT32",
  slot: "INT32",
  question: "STRING",
  answer: "STRING",
  answer_type: "STRING",
  options: "JSON",
  policy: "JSON",
  prompt: "JSON",
  prompt_family: "STRING",
  evidence: "STRING",
  text: "STRING",
  document_id: "STRING",
  title: "STRING",
  source: "STRING",
  license: "STRING",
  language: "STRING",
  attempts: "INT32",
  pass_rate: "DOUBLE",
  open_book_attempts: "INT32",
  open_book_pass_rate: "DOUBLE",
  challenger_reward: "DOUBLE",
  gold: "STRING",
};

/** Rows of a row group. All rows of a group are in memory. */
const GROUP = 2000;

/** `tasks.parquet`: one column for each field of a row. */
export async function openParquet(folder: string): Promise<RowFile> {
  const { fileWriter, ParquetWriter, schemaFromColumnData } = await import("hyparquet-writer");
  const columns = Object.entries(COLUMNS) as [keyof ExportedTask, (typeof COLUMNS)["id"]][];
  const columnData = (rows: readonly ExportedTask[]) =>
    columns.map(([name, type]) => ({ name, type, nullable: true, data: rows.map((row) => row[name]) }));
  const schema = schemaFromColumnData({ columnData: columnData([]) });
  const writer = new ParquetWriter({ writer: fileWriter(join(folder, "tasks.parquet")), schema });
  let group: ExportedTask[] = [];
  const flush = async () => {
    if (group.length > 0) await writer.write({ columnData: columnData(group) });
    group = [];
  };
  return {
    write: async (task) => {
      group.push(task);
      if (group.length >= GROUP) await flush();
    },
    close: async () => {
      await flush();
      await writer.finish();
    },
  };
}
