import { setTimeout as pause } from 'node:timers/promises'
import { downloadArtifacts } from '@waymark/client/artifacts'
import type { Connection } from '@waymark/client/connection'
import { openModelVersion, tagOf, versionOfAlias } from '@waymark/client/registry'
import { messageOf } from '@waymark/client/retry'
import { versionTags } from '@waymark/contract/model-versions'
import type { ModelVersion } from '@waymark/contract/registered-models'
import type { Model } from '@waymark/model-kit/model'
import type { Logger } from 'pino'
import { addToCache, type Pointer, recall, remember } from './model-cache.ts'
import { type Lease, ModelSlot, type ServedModel } from './model-slot.ts'

/** Where the app gets its model from. */
export interface ModelSource extends AsyncDisposable {
  /** @returns the model that a new request gets; undefined before there is one. */
  lease(): Lease | undefined
  /** Why there is no model, for people, with what to do. */
  readonly whyNone: string
}

export type LoadModel = (folder: string) => Promise<Model>
type Log = Pick<Logger, 'info' | 'warn' | 'error'>

/** Serves one model folder, and never another. */
export async function fixedModel(
  folder: string,
  { name, load }: { name: string; load: LoadModel },
): Promise<ModelSource> {
  const slot = new ModelSlot()
  slot.swap(warmed({ name, version: 'local', model: await load(folder) }))
  return {
    whyNone: 'the app is ending',
    lease: () => slot.lease(),
    async [Symbol.asyncDispose]() {
      slot[Symbol.dispose]()
    },
  }
}

export interface AliasOptions {
  readonly connection: Connection
  readonly name: string
  readonly alias: string
  readonly cacheFolder: string
  /** ms between two looks at the alias */
  readonly pollMs: number
  readonly load: LoadModel
  readonly log: Log
}

const lookTimeoutMs = 10_000
/** Between two attempts to take the same version. */
const longestWaitMs = 60_000

/**
 * Serves `models:/<name>@<alias>`: what the cache holds from last time at once, then whatever the alias points at, looked
 * up again every `pollMs`. A new version is loaded and warmed beside the old one before requests get it. While the tracking
 * server is away, or a new version cannot be loaded, the one that is served stays; each such state is logged once.
 */
export function followAlias(options: AliasOptions): ModelSource {
  const follower = new AliasFollower(options)
  const stop = new AbortController()
  const ended = follower.run(stop.signal)
  return {
    get whyNone() {
      return follower.whyNone
    },
    lease: () => follower.slot.lease(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await ended
      follower.slot[Symbol.dispose]()
    },
  }
}

/** A version that could not be taken: it is tried again, more and more rarely, while the alias is looked at as ever. */
interface Refused {
  readonly identity: string
  readonly complaint: string
  readonly error: unknown
  readonly times: number
  looksToSkip: number
}

class AliasFollower {
  readonly slot = new ModelSlot()
  whyNone = 'the first look at the tracking server is not done yet'
  readonly #options: AliasOptions
  /** Identity of the version that is served. */
  #identity: string | undefined
  #complaint: string | undefined
  #refused: Refused | undefined
  /** What is served and not yet noted on disk, from where a restart takes it. */
  #unnoted: Pointer | undefined

  constructor(options: AliasOptions) {
    this.#options = options
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#serveFromCache()
    while (!signal.aborted) {
      await this.#look(signal)
      await pause(this.#options.pollMs, undefined, { signal }).catch(onlyAbort)
    }
  }

  async #serveFromCache(): Promise<void> {
    const { connection, name, alias, cacheFolder, load, log } = this.#options
    try {
      const kept = await recall(cacheFolder, { trackingUri: connection.base, name, alias })
      if (!kept) return
      this.slot.swap(warmed({ name, version: kept.version, model: await load(kept.folder) }))
      this.#identity = kept.identity
      log.info({ model: `${name}@${kept.version}` }, 'serving the model of last time')
    } catch (error) {
      log.warn({ err: error }, 'the model of last time cannot be loaded; asking the tracking server for it')
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const version = await this.#whatAliasPointsAt(signal)
    if (!version || signal.aborted) return
    const identity = identityOf(version)
    const before = this.#refused?.identity === identity ? this.#refused : undefined
    if (identity === this.#identity) await this.#note()
    else if (before && before.looksToSkip > 0) {
      before.looksToSkip--
      this.#complain(before.complaint, before.error)
    } else {
      const error = await this.#take(version, signal).catch((error: unknown) => error)
      if (signal.aborted) return
      if (error === undefined) return this.#note()
      const complaint = `version ${version.version} of ${JSON.stringify(version.name)} cannot be loaded`
      const times = (before?.times ?? 0) + 1
      const looksToSkip = Math.min(2 ** times, Math.ceil(longestWaitMs / this.#options.pollMs)) - 1
      this.#refused = { identity, complaint, error, times, looksToSkip }
      this.#complain(complaint, error)
    }
  }

  async #whatAliasPointsAt(signal: AbortSignal): Promise<ModelVersion | undefined> {
    const { connection, name, alias } = this.#options
    const within = AbortSignal.any([signal, AbortSignal.timeout(lookTimeoutMs)])
    try {
      const version = await versionOfAlias({ ...connection, signal: within }, name, alias)
      if (version) return version
      this.#complain(
        `the tracking server at ${connection.base} has no model ${JSON.stringify(name)} with the alias ${JSON.stringify(alias)}. Run npm run repro, which trains and registers one`,
      )
    } catch (error) {
      if (signal.aborted) return undefined
      this.#complain(
        `the tracking server at ${connection.base} cannot be asked for ${JSON.stringify(name)}@${alias}`,
        error,
      )
    }
    return undefined
  }

  async #take(version: ModelVersion, signal: AbortSignal): Promise<void> {
    const { connection, name, alias, cacheFolder, load, log } = this.#options
    const files = await openModelVersion(endedBy(connection, signal), version)
    const download = async (to: string) => {
      if ((await downloadArtifacts(files, '', to)) === 0) throw new Error(`There are no files at ${files.uri}`)
    }
    const added = await addToCache(cacheFolder, download, tagOf(version, versionTags.content))
    const model = await load(added.folder)
    if (signal.aborted) return model[Symbol.dispose]()
    this.slot.swap(warmed({ name: version.name, version: version.version, model }))
    this.#identity = identityOf(version)
    log.info({ model: `${version.name}@${version.version}` }, 'serving a new model')
    this.#unnoted = {
      trackingUri: connection.base,
      name,
      alias,
      version: version.version,
      identity: this.#identity,
      sha256: added.sha256,
    }
  }

  /** Notes what is served; where the disk takes no note, at every look again. */
  async #note(): Promise<void> {
    try {
      if (this.#unnoted) await remember(this.#options.cacheFolder, this.#unnoted)
    } catch (error) {
      return this.#complain('what is served cannot be noted for a restart', error)
    }
    this.#unnoted = undefined
    this.#settled()
  }

  /** Says once what is wrong, until it is something else or over. */
  #complain(complaint: string, error?: unknown): void {
    this.whyNone = error === undefined ? complaint : `${complaint}: ${messageOf(error)}`
    if (complaint === this.#complaint) return
    this.#complaint = complaint
    using lease = this.slot.lease()
    const meanwhile = lease ? `; ${lease.served.name}@${lease.served.version} is served on` : ''
    this.#options.log.warn(error === undefined ? {} : { err: error }, `${complaint}${meanwhile}`)
  }

  #settled(): void {
    if (this.#complaint !== undefined) this.#options.log.info('all is well again: the model of the alias is served')
    this.#complaint = undefined
    this.#refused = undefined
  }
}

/** Two versions are the same only if the registry made them at the same moment from the same files. */
function identityOf(version: ModelVersion): string {
  return JSON.stringify([version.name, version.version, version.creation_timestamp, version.source])
}

/** The first predictions of a model compile its kernels: they are not left to the first request. */
function warmed(served: ServedModel): ServedModel {
  const { model } = served
  try {
    for (const rows of [1, 1000]) model.scores(model.encode(new Array(rows).fill({})), rows)
    return served
  } catch (error) {
    model[Symbol.dispose]()
    throw error
  }
}

/** A download ends with the app. */
function endedBy(connection: Connection, signal: AbortSignal): Connection {
  const send = connection.fetch ?? fetch
  return { ...connection, fetch: (url, init) => send(url, { ...init, signal }) }
}

function onlyAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error
}
