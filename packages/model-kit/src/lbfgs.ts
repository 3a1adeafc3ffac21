export interface Minimum {
  readonly at: Float64Array
  readonly value: number
  readonly iterations: number
  readonly converged: boolean
}

/**
 * Minimises a smooth function by L-BFGS with backtracking (Nocedal and Wright, Numerical Optimization, algorithm 7.5).
 * @param valueAndGradient writes the gradient into its second argument
 * @param preconditionAt gives, for a point, what turns a vector into about (inverse Hessian) · vector, in place. Asked
 *   again every few iterations.
 * @param tolerance on the largest entry of the gradient
 */
export function minimize(
  valueAndGradient: (at: Float64Array, gradient: Float64Array) => number,
  start: Float64Array,
  {
    preconditionAt,
    tolerance = 1e-6,
    maxIterations = 1000,
    memory = 10,
  }: {
    preconditionAt: (at: Float64Array) => (vector: Float64Array) => void
    tolerance?: number
    maxIterations?: number
    memory?: number
  },
): Minimum {
  let at = start.slice()
  let gradient = new Float64Array(at.length)
  let value = valueAndGradient(at, gradient)
  const history: Pair[] = []
  let precondition = preconditionAt(at)
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    if (largest(gradient) <= tolerance) return { at, value, iterations: iteration, converged: true }
    if (iteration % refreshEvery === 0 && iteration > 0) precondition = preconditionAt(at)
    const step = stepFrom(gradient, history, precondition)
    const slope = dot(gradient, step)
    const next = new Float64Array(at.length)
    const nextGradient = new Float64Array(at.length)
    let length = 1
    let nextValue = Number.POSITIVE_INFINITY
    // Armijo: the value must fall by a share of what the slope promises.
    while (length > 1e-10) {
      for (let i = 0; i < at.length; i++) next[i] = (at[i] as number) + length * (step[i] as number)
      nextValue = valueAndGradient(next, nextGradient)
      if (nextValue <= value + 1e-4 * length * slope) break
      length /= 2
    }
    // No step falls any more: rounding is all that is left.
    if (!(nextValue < value)) return { at, value, iterations: iteration, converged: false }
    remember(history, memory, { at, gradient, next, nextGradient })
    at = next
    gradient = nextGradient
    value = nextValue
  }
  return { at, value, iterations: maxIterations, converged: false }
}

/** Iterations between two looks at the curvature. */
const refreshEvery = 8

interface Pair {
  readonly step: Float64Array
  readonly change: Float64Array
  /** step · change, above 0. */
  readonly curvature: number
}

/** −H·gradient by the two-loop recursion. */
function stepFrom(gradient: Float64Array, history: readonly Pair[], precondition: (vector: Float64Array) => void) {
  const step = gradient.map((entry) => -entry)
  const weights: number[] = []
  for (const pair of history.toReversed()) {
    const weight = dot(pair.step, step) / pair.curvature
    weights.unshift(weight)
    add(step, pair.change, -weight)
  }
  precondition(step)
  for (const [index, pair] of history.entries()) {
    add(step, pair.step, (weights[index] ?? 0) - dot(pair.change, step) / pair.curvature)
  }
  return step
}

function remember(
  history: Pair[],
  memory: number,
  move: {
    at: Float64Array
    gradient: Float64Array
    next: Float64Array
    nextGradient: Float64Array
  },
): void {
  const step = move.next.map((entry, i) => entry - (move.at[i] as number))
  const change = move.nextGradient.map((entry, i) => entry - (move.gradient[i] as number))
  const curvature = dot(step, change)
  if (curvature <= 1e-14 * dot(step, step)) return
  history.push({ step, change, curvature })
  if (history.length > memory) history.shift()
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

function add(to: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) (to[i] as number) += factor * (vector[i] as number)
}

function largest(vector: Float64Array): number {
  return vector.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0)
}
