import type { ExportedTask } from "../../core/analysis/listing/exported-task.js";

/**
 * Writes the tasks of a run as a dataset. The dataset appears whole, when `finish` has ended, or
 * not at all.
 */
export interface DatasetWriter extends AsyncDisposable {
  /** Adds a row. Rows keep their order. */
  write(task: ExportedTask): Promise<void>;
  /**
   * Completes the dataset.
   *
   * @param card text of the dataset card, `README.md`
   */
  finish(card: string): Promise<void>;
}

/** The forms of a dataset. */
export const DATASET_FORMS = ["jsonl", "parquet", "verifiers", "openenv"] as const;
export type DatasetForm = (typeof DATASET_FORMS)[number];
