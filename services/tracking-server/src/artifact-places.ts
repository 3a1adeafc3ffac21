import type { ObjectStore } from '@waymark/storage/object-store'
import { invalid } from './http/mlflow-error.ts'
import { safePlainPath } from './http/safe-path.ts'

/** A folder of a store. */
export interface Place {
  readonly store: ObjectStore
  /** `''` for the whole store. */
  readonly folder: string
}

/** The stores that this server may open, and which artifact URIs lie in them. No other URI is ever opened. */
export interface ArtifactPlaces {
  /** Behind the `mlflow-artifacts` proxy. */
  readonly proxy: ObjectStore
  /** @returns undefined for a URI that lies in none of the stores. */
  find(uri: string): Place | undefined
}

/** @param direct the store of a default artifact root that clients reach themselves, with that root. */
export function artifactPlaces(proxy: ObjectStore, direct?: { root: string; store: ObjectStore }): ArtifactPlaces {
  const roots = [
    { root: proxy.address, store: proxy },
    ...(direct ? [direct, { ...direct, root: direct.store.address }] : []),
  ]
  return {
    proxy,
    find(uri) {
      const proxied = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/.exec(uri)?.[1]
      if (proxied !== undefined) return { store: proxy, folder: safePlainPath(proxied) }
      for (const { root, store } of roots) {
        const start = root.replace(/\/+$/, '')
        if (uri === start) return { store, folder: '' }
        if (uri.startsWith(`${start}/`)) return { store, folder: safePlainPath(decodeURI(uri.slice(start.length + 1))) }
      }
      return undefined
    },
  }
}

/** @throws {MlflowError} 400 for a URI that this server keeps no store for. */
export function requirePlace(places: ArtifactPlaces, uri: string): Place {
  const place = places.find(uri)
  if (place) return place
  throw invalid(
    `Cannot reach the artifacts at '${uri.slice(0, 300)}': this server opens no place but its own (--artifacts-destination, --default-artifact-root). Read them with a client that can reach that place`,
  )
}

/** @returns the key of `path` in a folder. */
export function keyIn(folder: string, path: string): string {
  return [folder, path].filter(Boolean).join('/')
}
