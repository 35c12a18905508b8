import { z } from "zod";

/** The schema of the path of a module of the user. */
export const modulePath = (kind: string) =>
  z
    .string()
    .min(1)
    .describe(`Module of the ${kind}, for example \`./my-${kind}.ts\`; relative to the working directory.`);

/** The schema of the options of a module. The module checks them. */
export const moduleOptions = () =>
  z.record(z.string(), z.json()).default({}).describe("Options; the module checks them when it is loaded.");
