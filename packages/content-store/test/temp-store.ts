import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { LinkType } from '../src/cache-config.ts'
import { type CheckoutResult, checkout, type WantedContent } from '../src/checkout.ts'
import { ContentCache } from '../src/content-cache.ts'
import { type Fingerprint, fingerprint } from '../src/fingerprint.ts'
import { HashState } from '../src/hash-state.ts'
import { dvcIgnore } from '../src/ignore-rules.ts'

/** A workspace with a cache, gone with the test. */
export interface TempStore {
  readonly root: string
  readonly cache: ContentCache
  write(files: Readonly<Record<string, string>>): void
  /** Text of all files below a folder. */
  read(folder: string): Record<string, string>
  save(path: string): Promise<Fingerprint>
  checkout(path: string, wanted: WantedContent): Promise<CheckoutResult>
}

export function tempStore(links: readonly LinkType[] = ['reflink', 'copy']): TempStore {
  const root = mkdtempSync(join(tmpdir(), 'content-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const cache = new ContentCache({ dir: join(root, '.waymark/cache'), links })
  const options = { root, ignored: dvcIgnore(root), state: new HashState(join(root, '.waymark/tmp/hashes.json'), root) }
  return {
    root,
    cache,
    write(files) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true })
        writeFileSync(join(root, path), text)
      }
    },
    read(folder) {
      const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
      const start = join(root, folder).length + 1
      return Object.fromEntries(paths.sort().map((path) => [path.slice(start), readFileSync(path, 'utf8')]))
    },
    async save(path) {
      const content = await fingerprint(join(root, path), options)
      if (!content) throw new Error(`nothing at ${path}`)
      await cache.save(content)
      return content
    },
    checkout: (path, wanted) => checkout(join(root, path), wanted, cache, options),
  }
}
