/** Prints what happened, one line each, with the clock and the seconds since the start. */
export type Say = (line: string) => void

export function sayTo(stream: NodeJS.WritableStream, now: () => number = Date.now): Say {
  const started = now()
  return (line) => {
    const at = new Date(now())
    const clock = at.toTimeString().slice(0, 8)
    const seconds = ((at.getTime() - started) / 1000).toFixed(1)
    stream.write(`${clock}  ${`${seconds} s`.padStart(7)}  ${line}\n`)
  }
}
