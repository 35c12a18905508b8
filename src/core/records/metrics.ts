/** One flat record a step: numbers for curves, beside a few strings for identity. */
export type StepMetrics = Readonly<Record<string, number | string | null>> & { readonly step: number };
