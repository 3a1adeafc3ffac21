import { Fragment } from 'react'

/** A key or path that, where it is too long for its line, breaks behind a separator rather than within a word. */
export function Breakable({ text }: { text: string }) {
  return text.split(/(?<=[._/:-])/).map((part, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name
    <Fragment key={at}>
      {at > 0 && <wbr />}
      {part}
    </Fragment>
  ))
}
