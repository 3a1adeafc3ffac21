import type { ArtifactSource } from './artifacts.ts'
import type { Connection } from './connection.ts'
import { type Entry, nextBatch, sendEntries } from './entries.ts'
import { isOver, mayPass, messageOf, pause, waitBefore } from './retry.ts'
import { sendFolder } from './send-spool.ts'
import { openSpool, type Spool, type SpooledRun } from './spool.ts'

export interface OutboxOptions {
  readonly server: Connection
  readonly run: SpooledRun
  readonly spoolDir: string
  /** How long an entry waits for company, ms. */
  readonly lingerMs: number
  /** How long the server may be away before what is logged goes to the disk, ms. */
  readonly patienceMs: number
  /** Once aborted, patience is over. */
  readonly hurry?: AbortSignal | undefined
  /** How often a server that is away is asked again, ms. */
  readonly probeMs: number
  readonly onProblem: (message: string) => void
}

/**
 * Carries what one run logs to the server, in order: buffered, batched, retried, and kept on disk while the server
 * is away. Adding never throws and never waits.
 */
export class Outbox {
  readonly #options: OutboxOptions
  #queue: Entry[] = []
  #timer: NodeJS.Timeout | undefined
  #pumping: Promise<void> | undefined
  #spool: Spool | undefined
  #last: Promise<void> = Promise.resolve()
  /** The server was away for too long: entries go to the disk until it answers again. */
  #away = false
  #probeAt = 0

  constructor(options: OutboxOptions, { away = false } = {}) {
    this.#options = options
    if (away) this.#goAway()
  }

  get isAway(): boolean {
    return this.#away
  }

  add(entries: readonly Entry[]): void {
    for (const entry of entries) this.#queue.push(entry)
    if (nextBatch(this.#queue) < this.#queue.length) this.#pumpAside()
    else this.#timer ??= setTimeout(() => this.#pumpAside(), this.#options.lingerMs)
  }

  /** Waits until all that was added has reached the server, or the disk while the server is away. */
  async flush(): Promise<void> {
    while (this.#queue.length > 0 || this.#pumping) await this.#pump()
  }

  /** Keeps an artifact on disk, to be sent after what was logged before it. */
  async keepArtifact(path: string, source: ArtifactSource): Promise<void> {
    await this.flush()
    await this.#alone(async () => {
      this.#goAway()
      await (await this.#openSpool()).keepArtifact(path, source)
    })
  }

  /** A last try to send what lies on the disk, where the server has come back. */
  async close(): Promise<void> {
    await this.flush()
    if (this.#away && this.#spool) {
      await this.#alone(() => this.#comeBack()).catch((error: unknown) => {
        this.#options.onProblem(
          `Cannot send all that was logged to ${this.#options.server.base}: ${messageOf(error)}. It is kept in ${this.#options.spoolDir}, and the next waymark command sends it`,
        )
      })
    }
    this.#spool?.release()
  }

  /** Nobody waits here; what could not even be put on the disk stays in memory, and {@link flush} throws it. */
  #pumpAside(): void {
    this.#pump().catch((error: unknown) => this.#options.onProblem(`Cannot keep what was logged: ${messageOf(error)}`))
  }

  #pump(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#pumping ??= this.#alone(() => this.#drain()).finally(() => {
      this.#pumping = undefined
    })
    return this.#pumping
  }

  /** One at a time: nobody writes into a spool that is being sent. */
  #alone(task: () => Promise<void>): Promise<void> {
    const done = this.#last.then(task)
    this.#last = done.catch(() => undefined)
    return done
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      // A server that is still away is no news.
      if (this.#away && performance.now() >= this.#probeAt) await this.#comeBack().catch(() => undefined)
      if (this.#away) await this.#toDisk()
      else if (!(await this.#toServer())) await this.#toDisk()
    }
  }

  /** @returns false where the server did not take them: it is away, or takes nothing for this run. */
  async #toServer(): Promise<boolean> {
    const { server, run, patienceMs, hurry, onProblem } = this.#options
    const entries = this.#queue.slice(0, nextBatch(this.#queue))
    const started = performance.now()
    for (let tries = 0; ; tries++) {
      try {
        const problems = await sendEntries(server, run.runId ?? '', entries)
        this.#queue.splice(0, entries.length)
        problems.forEach(onProblem)
        return true
      } catch (error) {
        const wait = waitBefore(tries, error)
        if (!mayPass(error) || isOver(started + patienceMs - wait, hurry)) {
          if (!mayPass(error)) onProblem(`Cannot log to run ${run.runId}: ${messageOf(error)}`)
          this.#goAway()
          return false
        }
        await pause(wait, hurry)
      }
    }
  }

  async #toDisk(): Promise<void> {
    const entries = this.#queue.slice()
    await (await this.#openSpool()).append(entries)
    this.#queue.splice(0, entries.length)
  }

  #goAway(): void {
    this.#away = true
    this.#probeAt = performance.now() + this.#options.probeMs
  }

  async #comeBack(): Promise<void> {
    const { server, run, onProblem } = this.#options
    this.#probeAt = performance.now() + this.#options.probeMs
    if (this.#spool) {
      const problems = await sendFolder(this.#spool.folder, server, run)
      problems.forEach(onProblem)
      this.#spool = undefined
    }
    // A run that the server does not know yet goes through the disk to its end.
    this.#away = run.runId === undefined
  }

  async #openSpool(): Promise<Spool> {
    this.#spool ??= await openSpool(this.#options.spoolDir, this.#options.run)
    return this.#spool
  }
}
