import { z } from "zod";

/** A share of a whole: 0 to 1. */
export const share = z.number().min(0).max(1);

/** A sampling temperature; 0 always takes the most probable token. */
export const temperature = z.number().min(0).max(10);

/** The probability mass of nucleus sampling. */
export const topP = z.number().gt(0).max(1);
