/** Adam (Kingma and Ba 2014, algorithm 1; β₁ 0.9, β₂ 0.999, ε 1e-8) on plain numbers, in place. */
export function adam(
  weights: readonly Float32Array[],
): (gradients: readonly ArrayLike<number>[], rate: number) => void {
  const firsts = weights.map(({ length }) => new Float32Array(length))
  const seconds = weights.map(({ length }) => new Float32Array(length))
  let step = 0
  return (gradients, rate) => {
    step++
    const scale = (rate * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step)
    const epsilon = 1e-8 * Math.sqrt(1 - 0.999 ** step)
    for (const [index, values] of weights.entries()) {
      const first = firsts[index] as Float32Array
      const second = seconds[index] as Float32Array
      const gradient = gradients[index] as ArrayLike<number>
      for (let i = 0; i < values.length; i++) {
        const slope = gradient[i] as number
        const m = 0.9 * (first[i] as number) + 0.1 * slope
        const v = 0.999 * (second[i] as number) + 0.001 * slope * slope
        first[i] = m
        second[i] = v
        ;(values[i] as number) -= (scale * m) / (Math.sqrt(v) + epsilon)
      }
    }
  }
}
