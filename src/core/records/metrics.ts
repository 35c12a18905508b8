/** Metrics of one step: numbers, and a few texts such as digests. */
export type StepMetrics = Readonly<Record<string, number | string | null>> & { readonly step: number };
