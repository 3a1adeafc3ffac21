import { createHash } from 'node:crypto'

/** What the plots have in common: colours, and what they leave out when there is too much. */

/** Okabe and Ito's colours, told apart by colour-blind readers too; the pale yellow is darkened to show on white. */
export const classColours = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#b8a800', '#5b5b5b']
export const accent = '#0f766e'
export const schema = 'https://vega.github.io/schema/vega-lite/v6.json'

export const mostFeatures = 30
export const mostClasses = classColours.length

/** The largest first, at most `most`; `note` says what is not shown, and is empty where all is. */
export function largest<Item>(
  items: readonly Item[],
  size: (item: Item) => number,
  { most, noun }: { most: number; noun: string },
): { shown: Item[]; note: string } {
  const sorted = items.toSorted((a, b) => size(b) - size(a))
  const note = items.length > most ? `${most} of ${items.length} ${noun} shown` : ''
  return { shown: sorted.slice(0, most), note }
}

/** Joins the parts of a subtitle that say something. */
export function subtitle(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ')
}

/** A name as a title has room for it. */
export function titled(name: string): string {
  return name.length > 40 ? `${name.slice(0, 39).toWellFormed()}…` : name
}

/** A name that is safe as the end of a file's name, and differs where the names differ; long ones are cut. */
export function fileSafe(name: string): string {
  const safe = encodeURIComponent(name.toWellFormed()).replace(/[%*'()!~.]/g, (character) =>
    character === '%' ? '_' : `_${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  // A file's name has at most 255 bytes, with what stands before and after this part.
  if (safe.length <= 120) return safe
  return `${safe.slice(0, 100)}-${createHash('md5').update(name).digest('hex')}`
}
