/**
 * A reward that is highest when a given share of the blind attempts is right. `preset: spice` has
 * its peak at one half; a lower peak asks for harder questions.
 */
import { defineReward, z } from "spice-orchestrator/own-code";

export default defineReward({
  name: "peak",
  version: "1",
  options: z.strictObject({
    /** Pass rate with the highest reward, from 0 to 1. */
    peak: z.number().min(0).max(1).default(0.5),
  }),
  reward: ({ blind }, { peak }) => 1 - Math.abs(blind.correct / blind.graded - peak),
});
