import { ANSWER_TYPES, type AnswerType } from "../records/answer.js";
import type { Episode, GoldVerdict } from "../records/episode.js";
import { PLANTED_TESTS, type PlantedExaminer, type PlantedKind } from "../records/planted.js";
import { type Interval, wilson } from "../statistics/intervals.js";
import { countPlace, NO_PLACES, type PlaceCounts, placeChiSquare } from "./letter-balance.js";

/** Number of gold answers by the verdict of the oracle. */
export type GoldCount = Readonly<Record<GoldVerdict, number>>;

/**
 * Share of right gold answers among those with a verdict right or wrong, with its 95 % Wilson
 * interval; null without such answers.
 */
export interface Share extends Interval {
  readonly share: number;
  readonly n: number;
}

/** Whether admission admitted or refused a proposal that parsed. */
export type GoldSide = "admitted" | "refused";

/** Planted tasks of one kind, shown to one examiner. */
export interface PlantedCount {
  readonly kind: PlantedKind;
  readonly judge: PlantedExaminer;
  readonly planted: number;
  /** False accepts of wrong planted answers, and false rejects of right ones. */
  readonly missed: number;
}

const NONE: GoldCount = { right: 0, wrong: 0, unknown: 0 };

/**
 * Sums over a run that show how reliable its verdicts are: gold accuracy of admitted and refused
 * proposals by answer type, planted tasks, and the balance of option places. The sums are computed
 * from episodes alone, so a resumed run computes them again from its committed episodes.
 */
export class RunTotals {
  readonly #gold = new Map<`${GoldSide}/${AnswerType}`, GoldCount>();
  #written = NO_PLACES;
  #shown = NO_PLACES;
  readonly #canaries = new Map<string, { planted: number; missed: number }>();

  /** Adds one episode. Each episode must be added once. */
  add({ proposals, format, canaries = [] }: Episode): void {
    const asked = format.kind === "mcq" ? "mcq" : format.answerType;
    // Equal tasks of a document show their options in one order, so they are counted once.
    const placed = new Set<string>();
    for (const { gold, refusal, task } of proposals) {
      if (refusal === null && task !== null && !placed.has(task.id)) {
        placed.add(task.id);
        this.#written = countPlace(this.#written, task, "written");
        this.#shown = countPlace(this.#shown, task, "shown");
      }
      if (gold === null || refusal === "infrastructure") continue;
      const key = `${refusal === null ? "admitted" : "refused"}/${task?.answerType ?? asked}` as const;
      const known = this.#gold.get(key) ?? NONE;
      this.#gold.set(key, { ...known, [gold]: known[gold] + 1 });
    }
    for (const { kind, judge, caught } of canaries) {
      const key = `${kind}/${judge}`;
      const known = this.#canaries.get(key) ?? { planted: 0, missed: 0 };
      this.#canaries.set(key, { planted: known.planted + 1, missed: known.missed + (caught ? 0 : 1) });
    }
  }

  /** Answer types with at least one gold answer. */
  types(): AnswerType[] {
    return ANSWER_TYPES.filter(
      (type) => this.#gold.has(`admitted/${type}`) || this.#gold.has(`refused/${type}`),
    );
  }

  /** @param type null for all types */
  gold(side: GoldSide, type: AnswerType | null = null): GoldCount {
    let sum = NONE;
    for (const [key, count] of this.#gold) {
      if (!key.startsWith(`${side}/`) || (type !== null && key !== `${side}/${type}`)) continue;
      sum = {
        right: sum.right + count.right,
        wrong: sum.wrong + count.wrong,
        unknown: sum.unknown + count.unknown,
      };
    }
    return sum;
  }

  /** One count for each kind and examiner. */
  canaries(): PlantedCount[] {
    return PLANTED_TESTS.map(({ kind, judge }) => ({
      kind,
      judge,
      ...(this.#canaries.get(`${kind}/${judge}`) ?? { planted: 0, missed: 0 }),
    }));
  }

  /**
   * Places of the gold answers of admitted multiple-choice tasks, as written by the Challenger and
   * as shown to the Reasoner.
   */
  places(): { readonly written: PlaceCounts; readonly shown: PlaceCounts } {
    return { written: this.#written, shown: this.#shown };
  }

  /**
   * Flat numbers for the metrics of a step. The keys are always the same.
   *
   * @param suffix `_total` for sums over the run, empty for one step
   */
  metrics(suffix: "" | "_total"): Record<string, number | null> {
    const record: Record<string, number | null> = {};
    for (const side of ["admitted", "refused"] as const) {
      const name = side === "admitted" ? "gold_accuracy" : "gold_accuracy_refused";
      const all = shareRight(this.gold(side));
      record[`${name}${suffix}`] = all?.share ?? null;
      record[`${name}${suffix}_n`] = all?.n ?? 0;
      record[`${name}${suffix}_low`] = all?.low ?? null;
      record[`${name}${suffix}_high`] = all?.high ?? null;
      for (const type of ANSWER_TYPES) {
        const one = shareRight(this.gold(side, type));
        record[`${name}_${type}${suffix}`] = one?.share ?? null;
        record[`${name}_${type}${suffix}_n`] = one?.n ?? 0;
      }
    }
    for (const { kind, judge, planted, missed } of this.canaries()) {
      record[`canary_${kind}_${judge}${suffix}`] = planted;
      record[`canary_${kind}_${judge}_missed${suffix}`] = missed;
    }
    record[`letter_chi2_written${suffix}`] = placeChiSquare(this.#written);
    record[`letter_chi2_shown${suffix}`] = placeChiSquare(this.#shown);
    return record;
  }
}

/** Share of right gold answers among right and wrong ones. */
export function shareRight({ right, wrong }: GoldCount): Share | null {
  return shareOf(right, right + wrong);
}

/** A share with its 95 % Wilson interval; null without trials. */
export function shareOf(part: number, n: number): Share | null {
  return n === 0 ? null : { share: part / n, n, ...wilson(part, n) };
}
