import { randomInt } from 'node:crypto'

/** @returns a name for a run or a model that was given none, such as `amber-heron-412`. */
export function randomName(): string {
  return `${oneOf(adjectives)}-${oneOf(nouns)}-${randomInt(1000)}`
}

function oneOf(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? ''
}

const adjectives =
  'amber ample brisk calm clear crisp deft eager early even fair fleet fond frank gentle glad grand keen kind late lively loyal lucid merry mild neat noble patient plain proud quick quiet rapid ready sharp silent sleek solid sound spry stout sunny swift tidy vast warm wise witty young'.split(
    ' ',
  )

const nouns =
  'alder ash badger beech birch brook cairn cedar crane crest curlew dale dune elm falcon fern finch fjord fox glen grove hare hazel heath heron hill ibex lark ledge lynx maple marsh meadow moor oak otter owl peak pine plover ridge rowan shore spruce stoat stone swift tern trail vale wren'.split(
    ' ',
  )
