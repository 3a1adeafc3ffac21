/**
 * @param actual class index of each row, [rows]
 * @param predicted class index of each row, [rows]
 * @returns counts[actual][predicted]
 */
export function confusionMatrix(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): readonly (readonly number[])[] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (let row = 0; row < actual.length; row++) {
    const line = counts[actual[row] ?? -1]
    const column = predicted[row] ?? -1
    if (line) line[column] = (line[column] ?? 0) + 1
  }
  return counts
}
