/** The end of a text that arrives in pieces. */
export interface LastLines {
  add(text: string): void
  text(): string
}

/** Longer lines lose their start: nobody reads them, and a stage may never end one. */
const lineLength = 2000

/**
 * Keeps the last lines of a text, as a terminal would show them: a progress bar that goes back to the start of its line
 * leaves only what it wrote last. Memory and time stay small however much arrives and wherever its lines end.
 */
export function lastLines(count: number): LastLines {
  const ended: string[] = []
  let open = ''
  return {
    add(text) {
      const [first = '', ...more] = text.split('\n')
      open = shown(open + first)
      if (more.length === 0) return
      // Of a piece with very many lines only the last ones are looked at.
      ended.push(open, ...more.slice(-count - 1, -1).map(shown))
      ended.splice(0, ended.length - count)
      open = shown(more.at(-1) ?? '')
    },
    text: () => (open === '' ? ended : [...ended, open]).slice(-count).map(withoutReturn).join('\n'),
  }
}

/** A return at the very end may yet be half of a line end, or be followed by what goes over the line. */
function shown(line: string): string {
  const start = line.replace(/\r+$/, '').lastIndexOf('\r') + 1
  return line.slice(Math.max(start, line.length - lineLength))
}

function withoutReturn(line: string): string {
  return line.replace(/\r+$/, '')
}
