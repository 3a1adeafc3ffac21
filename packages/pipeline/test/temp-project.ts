import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { reproduce } from '../src/reproduce.ts'
import { status } from '../src/status.ts'
import { sayChange } from '../src/why-run.ts'

/** A project in a temporary folder, gone with the test. */
export interface TempProject {
  readonly root: string
  write(files: Readonly<Record<string, string>>): void
  read(path: string): string
  remove(path: string): void
  /** Each stage with what became of it and why, as one line. */
  repro(targets?: readonly string[]): Promise<Record<string, string>>
  /** Each stage with what has changed. */
  status(): Promise<Record<string, string>>
}

export function tempProject(files: Readonly<Record<string, string>>, copyOf?: string): TempProject {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pipeline-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  if (copyOf) cpSync(copyOf, root, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
  const project: TempProject = {
    root,
    write(more) {
      for (const [path, text] of Object.entries(more)) {
        mkdirSync(dirname(join(root, path)), { recursive: true })
        writeFileSync(join(root, path), text)
      }
    },
    read: (path) => readFileSync(join(root, path), 'utf8'),
    remove: (path) => rmSync(join(root, path), { recursive: true }),
    async repro(targets = []) {
      const { stages } = await reproduce({ root, targets })
      return Object.fromEntries(
        stages.map(({ name, state, reasons, error }) => {
          const why = reasons.length > 0 ? `, because ${reasons.map(sayChange).join('; ')}` : ''
          return [name, `${state}${why}${error ? `: ${error}` : ''}`]
        }),
      )
    },
    async status() {
      const { stages } = await status(root)
      return Object.fromEntries(stages.map(({ name, changes }) => [name, changes.map(sayChange).join('; ')]))
    },
  }
  project.write(files)
  return project
}

/** The text of all files below a folder, by posix path. */
export function readTree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(paths.sort().map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]))
}
