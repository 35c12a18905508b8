import { z } from "zod";

/** `trainer`: which trainer, where it runs, and its engine. */
export const trainerSchema = z
  .strictObject({
    kind: z.string().min(1).default("torch").describe("Trainer to run: a name of `spice trainer list`."),
    address: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("`host:port` or `unix:///path` of a trainer that already runs; null starts one."),
    tls: z
      .strictObject({
        ca: z.string().min(1).describe("PEM file of the authority that signed the trainer's certificate."),
        cert: z.string().min(1).describe("PEM file of this side's certificate."),
        key: z.string().min(1).describe("PEM file of the key of `cert`, mode 0600."),
        serverName: z
          .string()
          .min(1)
          .optional()
          .describe("Name in the trainer's certificate; default: the host of `address`."),
      })
      .nullable()
      .default(null)
      .describe(
        "Mutual TLS to a trainer on another machine: paths of PEM files (docs/security.md); null for no TLS.",
      ),
    maxRestarts: z
      .int()
      .min(0)
      .default(3)
      .describe(
        "Largest number of restarts of a lost trainer without a committed step between them; 0 for none.",
      ),
    engine: z
      .record(z.string(), z.json())
      .default({})
      .describe("Settings of the engine. The trainer checks them against the schema that it declares."),
  })
  .describe("The trainer of the model.");
