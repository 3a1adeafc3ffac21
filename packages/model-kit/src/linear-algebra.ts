/**
 * The products of all pairs of columns, averaged over the rows; the last column is a constant 1.
 * @param inputs [rows, width]
 * @param weightOf weight of a row in the mean; default: 1
 * @returns [width + 1, width + 1]
 */
export function meanProducts(
  inputs: Float32Array,
  rows: number,
  width: number,
  weightOf: (row: number) => number = () => 1,
): Float64Array {
  const size = width + 1
  const products = new Float64Array(size * size)
  const x = new Float64Array(size).fill(1)
  for (let row = 0; row < rows; row++) {
    const weight = weightOf(row)
    for (let i = 0; i < width; i++) x[i] = inputs[row * width + i] as number
    for (let i = 0; i < size; i++) {
      const xi = (x[i] as number) * weight
      // One-hot columns are mostly zero.
      if (xi === 0) continue
      for (let j = 0; j <= i; j++) (products[i * size + j] as number) += xi * (x[j] as number)
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const mean = (products[i * size + j] as number) / rows
      products[i * size + j] = mean
      products[j * size + i] = mean
    }
  }
  return products
}

/**
 * The lower triangular L with L·Lᵀ = `matrix`, [size, size]. A pivot that rounding has brought to zero or below (collinear
 * columns) is lifted to a tiny share of its diagonal.
 */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j] as number
      for (let k = 0; k < j; k++) sum -= (lower[i * size + k] as number) * (lower[j * size + k] as number)
      if (i === j) lower[i * size + i] = Math.sqrt(Math.max(sum, 1e-12 * ((matrix[i * size + i] as number) || 1)))
      else lower[i * size + j] = sum / (lower[j * size + j] as number)
    }
  }
  return lower
}

/** Solves L·Lᵀ·x = b for each of `columns` right sides, in place; `sides` is [size, columns]. */
export function solveCholesky(lower: Float64Array, size: number, sides: Float64Array, columns = 1): void {
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) addScaled(sides, i, k, columns, -(lower[i * size + k] as number))
    scale(sides, i, columns, 1 / (lower[i * size + i] as number))
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) addScaled(sides, i, k, columns, -(lower[k * size + i] as number))
    scale(sides, i, columns, 1 / (lower[i * size + i] as number))
  }
}

function addScaled(sides: Float64Array, to: number, from: number, columns: number, factor: number): void {
  if (factor === 0) return
  for (let c = 0; c < columns; c++)
    (sides[to * columns + c] as number) += factor * (sides[from * columns + c] as number)
}

function scale(sides: Float64Array, row: number, columns: number, factor: number): void {
  for (let c = 0; c < columns; c++) (sides[row * columns + c] as number) *= factor
}
