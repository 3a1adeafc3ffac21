import type { Packages } from './python.ts'

export interface Counts {
  readonly passed: number
  readonly failed: number
}

export interface SuiteContext {
  /** The repository. */
  readonly root: string
  /** The Python that has the suite's packages; `''` for a suite without any. */
  readonly python: string
  readonly say: (line: string) => void
}

export interface Suite {
  readonly name: string
  /** What it shows, in a few words. */
  readonly about: string
  /** What pip installs for it. */
  readonly packages?: Packages
  /** Runs the cases and says each one's outcome. */
  readonly run: (context: SuiteContext) => Promise<Counts>
}
