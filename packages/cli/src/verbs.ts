import type { Verb } from './verb.ts'

interface Entry {
  readonly summary: string
  /** Each verb's code is loaded only when it is called. */
  load(): Promise<Verb>
}

/** Every verb, in the order `waymark --help` lists them. */
export const verbs: Readonly<Record<string, Entry>> = {
  repro: {
    summary: 'Run the stages whose inputs changed, and track the run',
    load: async () => (await import('./verbs/repro.ts')).repro,
  },
  status: {
    summary: 'Say what repro would run, and why',
    load: async () => (await import('./verbs/status.ts')).status,
  },
  server: {
    summary: 'Start the tracking server with its web UI',
    load: async () => (await import('./verbs/server.ts')).server,
  },
  serve: {
    summary: 'Start the prediction app for a registered model',
    load: async () => (await import('./verbs/serve.ts')).serve,
  },
  version: {
    summary: 'Print the version',
    load: async () => (await import('./verbs/version.ts')).version,
  },
}
