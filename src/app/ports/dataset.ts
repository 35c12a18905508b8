import type { ExportedTask } from "../../core/analysis/listing/exported-task.js";

/** Adds a row to a dataset. Rows keep their order. */
export type WriteTask = (task: ExportedTask) => Promise<void>;

/** The forms of a dataset. */
export const DATASET_FORMS = ["jsonl", "parquet", "verifiers", "openenv"] as const;
export type DatasetForm = (typeof DATASET_FORMS)[number];
