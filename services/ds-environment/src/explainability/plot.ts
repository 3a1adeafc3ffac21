import { createRequire } from 'node:module'
import { Resvg } from '@resvg/resvg-js'
import * as vega from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'

/** A picture, written as `<name>.png` and as Vega-Lite to be drawn again: `<name>.vl.json`. */
export interface Plot {
  readonly name: string
  readonly spec: TopLevelSpec
}

const fonts = fontFiles()
const family = 'DejaVu Sans'
measureWithoutCanvas()

/**
 * @returns a PNG, its pixels doubled. The fonts come with a package and not with the machine, so that the same numbers give
 *   the same bytes everywhere.
 */
export async function drawPng(spec: TopLevelSpec): Promise<Uint8Array> {
  const runtime = vega.parse(compile({ background: 'white', ...spec, config: { ...look, ...spec.config } }).spec)
  const view = new vega.View(runtime, { renderer: 'none' })
  try {
    const svg = await view.toSVG()
    const options = {
      fitTo: { mode: 'zoom', value: 2 },
      font: { fontFiles: fonts, loadSystemFonts: false, defaultFontFamily: family },
    } as const
    return new Resvg(svg, options).render().asPng()
  } finally {
    view.finalize()
  }
}

const look = {
  font: family,
  padding: 12,
  title: { fontSize: 14, subtitleFontSize: 11, subtitleColor: '#555', anchor: 'start', offset: 12, fontWeight: 'bold' },
  axis: {
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    titleColor: '#555',
    gridColor: '#e6e6e6',
    domainColor: '#999',
    labelFlush: false,
    tickColor: '#999',
    labelLimit: 180,
  },
  legend: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal', titleColor: '#555' },
  view: { stroke: null },
} satisfies TopLevelSpec['config']

function fontFiles(): string[] {
  const require = createRequire(import.meta.url)
  return [
    require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
    require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
  ]
}

/**
 * Vega asks a canvas how wide a text is, or guesses 0.8 em per character where the machine has none. DejaVu Sans has about
 * 0.6 em (bold 0.7): told so, the pictures have no empty margin, and are the same with a canvas and without.
 */
function measureWithoutCanvas(): void {
  // Vega exports it and leaves it to be replaced (vega-scenegraph/src/util/text.js); its types do not know it.
  const { textMetrics } = vega as unknown as { textMetrics: { width: (item: TextItem, text?: string) => number } }
  textMetrics.width = ({ fontSize = 11, fontWeight, text: own }, text) =>
    String(text ?? own ?? '').length * fontSize * (fontWeight === 'bold' ? 0.7 : 0.6)
}

interface TextItem {
  readonly fontSize?: number
  readonly fontWeight?: string | number
  readonly text?: unknown
}
