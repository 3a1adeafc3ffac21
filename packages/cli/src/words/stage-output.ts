import type { ReproEvent } from '@waymark/pipeline/events'

type Output = Extract<ReproEvent, { kind: 'output' }>

interface Writable {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Passes on what a stage writes, as it comes, each line set off from our own. */
export interface StageOutput {
  write(output: Output): void
  /** Ends a line that the stage has left open. */
  close(): void
}

/** Stands before each line of a stage. */
export const margin = '  │ '

export function stageOutput(streams: { readonly stdout: Writable; readonly stderr: Writable }): StageOutput {
  const writers = { stdout: linesTo(streams.stdout), stderr: linesTo(streams.stderr) }
  return {
    write: ({ stream, text }) => writers[stream].write(text),
    close() {
      writers.stdout.close()
      writers.stderr.close()
    },
  }
}

/** ANSI's EL, by which a progress bar takes itself away. */
const eraseLine = '\u001b[K'

/** A carriage return goes back to the line's start, as progress bars do: the margin is written anew. */
function linesTo(to: Writable): { write(text: string): void; close(): void } {
  const [dim, plain] = to.isTTY ? ['\u001b[2m', '\u001b[22m'] : ['', '']
  let open = false
  /** A bar stands on the line whose start the cursor is at. */
  let bar = false
  return {
    write(text) {
      let out = ''
      for (const piece of text.split(/(?<=[\n\r])/)) {
        const shows = piece.replaceAll(eraseLine, '') !== '\r' && piece !== eraseLine
        if (!open && shows) out += `${dim}${margin}${plain}`
        out += piece
        bar = piece.endsWith('\r') && (shows || open || bar)
        open = (open || shows) && !/[\n\r]$/.test(piece)
      }
      to.write(out)
    },
    close() {
      if (open) to.write('\n')
      else if (bar) to.write(to.isTTY ? eraseLine : '\n')
      open = false
      bar = false
    },
  }
}
