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

/**
 * @returns the spec with texts that can be drawn. Names come from the data: a control character or a line break in one would
 *   end the drawing, so would a backslash in the descriptions for screen readers (which a PNG has no place for), and so would
 *   one that every object has as a property, as `constructor`, which Vega takes for one of its signals.
 */
export function drawable(spec: TopLevelSpec): TopLevelSpec {
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return value in {} ? `${value} ` : value.replace(/\p{Cc}+/gu, ' ')
    if (Array.isArray(value)) return value.map(clean)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clean(inner)]))
  }
  // The same shape as before: only texts are other ones.
  return { ...(clean(spec) as TopLevelSpec), config: { ...spec.config, aria: false } }
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
  textMetrics.width = ({ fontSize = 11, fontWeight, text: own, limit = 0 }, text) => {
    const width = String(text ?? own ?? '').length * fontSize * (fontWeight === 'bold' ? 0.7 : 0.6)
    // Vega cuts a longer text, and asks again how wide it has become.
    return limit > 0 ? Math.min(width, limit) : width
  }
}

interface TextItem {
  readonly fontSize?: number
  readonly fontWeight?: string | number
  readonly text?: unknown
  /** Pixels, 0: as long as it is. */
  readonly limit?: number
}
