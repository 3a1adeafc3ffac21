import type { Plot } from './plot.ts'

export interface Explained {
  /** One explanation's part of explanations.json, under its name. */
  readonly explanations: Readonly<Record<string, unknown>>
  /** Its part of metrics.json. */
  readonly metrics: Readonly<Record<string, number | Readonly<Record<string, number>>>>
  readonly plots: readonly Plot[]
}

/** @returns a number for each feature, by its name. */
export function byFeature<Item extends { readonly feature: string }>(
  items: readonly Item[],
  value: (item: Item, index: number) => number,
): Record<string, number> {
  return Object.fromEntries(items.map((item, index) => [item.feature, round(value(item, index))]))
}

/** Six digits: what float32 arithmetic can stand for. */
export function round(value: number): number {
  return Number(value.toPrecision(6))
}
