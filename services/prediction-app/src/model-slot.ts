import type { Model } from '@waymark/model-kit/model'

/** A loaded model and the version of the registered model that it is. */
export interface ServedModel {
  readonly name: string
  readonly version: string
  readonly model: Model
}

/** Keeps the model alive that a request began with, until the request lets go. */
export interface Lease extends Disposable {
  readonly served: ServedModel
}

interface Held {
  readonly served: ServedModel
  leases: number
  replaced: boolean
}

/**
 * The one model that new requests get. A swap takes effect at once for those; the old model is disposed when the last
 * request that began with it has let go.
 */
export class ModelSlot implements Disposable {
  #held: Held | undefined

  lease(): Lease | undefined {
    const held = this.#held
    if (!held) return undefined
    held.leases++
    let open = true
    return {
      served: held.served,
      [Symbol.dispose]() {
        if (!open) return
        open = false
        held.leases--
        disposeWhenFree(held)
      },
    }
  }

  /** Requests that the present model has. */
  get leases(): number {
    return this.#held?.leases ?? 0
  }

  swap(next: ServedModel | undefined): void {
    const old = this.#held
    this.#held = next && { served: next, leases: 0, replaced: false }
    if (!old) return
    old.replaced = true
    disposeWhenFree(old)
  }

  [Symbol.dispose](): void {
    this.swap(undefined)
  }
}

function disposeWhenFree(held: Held): void {
  if (held.replaced && held.leases === 0) held.served.model[Symbol.dispose]()
}
