export { defineConfig, type ExperimentConfig } from "./config/define.js";
export type { Experiment } from "./core/experiment.js";
