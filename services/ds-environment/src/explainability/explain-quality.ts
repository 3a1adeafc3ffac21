import { confusionMatrix } from './confusion-matrix.ts'
import type { Explained } from './explained.ts'
import { confusionMatrixPlot } from './plots/confusion-matrix-plot.ts'
import { predictedActualPlot } from './plots/predicted-actual-plot.ts'
import { outputOfRow, type Subject } from './subject.ts'

/** How predictions and actual values go together on the test rows. */
export function explainQuality({ model, rows, targets }: Subject): Explained {
  const scores = model.scores(model.encode(rows), rows.length)
  const { task, classes, target, family } = model
  const about = { family, task, target, test_rows: rows.length }
  if (task === 'regression') {
    return { explanations: { model: about }, metrics: {}, plots: [predictedActualPlot(targets, scores, { target })] }
  }
  const predicted = Uint32Array.from(rows, (_, row) => outputOfRow(model, scores, row))
  const counts = confusionMatrix(targets, predicted, classes.length)
  return {
    explanations: { model: about, confusion_matrix: { classes, counts } },
    metrics: {},
    plots: [confusionMatrixPlot(counts, { classes, target })],
  }
}
