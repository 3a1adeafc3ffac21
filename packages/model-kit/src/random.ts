/** A source of numbers in [0, 1). */
export type Random = () => number

/** The same numbers for the same seed, on every machine: mulberry32 (Tommy Ettinger, public domain), 32 bits of state. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Puts `items` in a random order, in place (Fisher–Yates). */
export function shuffle<Items extends Uint32Array | unknown[]>(items: Items, random: Random): Items {
  // Seen as a plain list: reading and writing by index is the same for both.
  const list = items as unknown[]
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const kept = list[last]
    list[last] = list[other]
    list[other] = kept
  }
  return items
}
