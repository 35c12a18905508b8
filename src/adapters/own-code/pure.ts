/**
 * Makes the random source and the clock throw in this thread. Rewards, checks and readers are pure:
 * the same input must give the same result when a run is resumed or replayed. Code that keeps a
 * function from before is not noticed.
 */
export function forbidChance(kind: string): void {
  const refuse = (what: string) => () => {
    throw new Error(`${what} cannot be used in a ${kind}: the same input must give the same result`);
  };
  Math.random = refuse("Math.random");
  const Whole = Date;
  const now = refuse("The clock (Date)");
  globalThis.Date = new Proxy(Whole, {
    construct: (target, args, newTarget) =>
      args.length === 0 ? now() : Reflect.construct(target, args, newTarget),
    apply: now,
    get: (target, key, receiver) => (key === "now" ? now : Reflect.get(target, key, receiver)),
  });
  performance.now = refuse("The clock (performance)");
}
