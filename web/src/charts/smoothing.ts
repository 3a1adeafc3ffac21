/**
 * Exponential moving average without the pull towards zero at the start (debiased as in Adam, Kingma & Ba 2014, §3).
 * @param weight 0 (no smoothing) to 1, exclusive. @returns one value per input; a value that is not finite stays as it is
 * and leaves the average alone.
 */
export function smooth(values: readonly number[], weight: number): number[] {
  if (weight <= 0) return [...values]
  let average = 0
  let bias = 1
  return values.map((value) => {
    if (!Number.isFinite(value)) return value
    average = average * weight + value * (1 - weight)
    bias *= weight
    return average / (1 - bias)
  })
}
