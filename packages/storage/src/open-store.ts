import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ObjectStore } from './object-store.ts'

/** There is no such place, or it cannot be used; the message says why and what to do. */
export class StoreAddressError extends Error {
  override readonly name = 'StoreAddressError'
}

export interface OpenStoreOptions {
  /** Where S3's keys and endpoint come from. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What relative paths are relative to. */
  readonly cwd?: string
}

/**
 * Opens the store at `address`: a path, `file:///…`, `s3://bucket/folder` or `memory:`. A folder or bucket that
 * is not there is made. S3 takes the variables that its other tools take: AWS_ACCESS_KEY_ID,
 * AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, and AWS_ENDPOINT_URL or MLFLOW_S3_ENDPOINT_URL.
 * @throws {StoreAddressError}
 */
export async function openStore(
  address: string,
  { env = process.env, cwd = process.cwd() }: OpenStoreOptions = {},
): Promise<ObjectStore> {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(address)?.[1]?.toLowerCase()
  try {
    switch (scheme) {
      case undefined:
        return await openFolder(resolve(cwd, address))
      case 'file':
        return await openFolder(fileURLToPath(address))
      case 's3':
        return await openS3(address, env)
      case 'memory':
        return (await import('./kinds/memory.ts')).memoryStore()
    }
  } catch (error) {
    if (error instanceof StoreAddressError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new StoreAddressError(`Cannot open store "${address}": ${why}`, { cause: error })
  }
  throw new StoreAddressError(
    `Cannot open store "${address}": no kind handles the scheme ${scheme}:. Use a path, file://, s3://`,
  )
}

async function openFolder(path: string): Promise<ObjectStore> {
  const { folderStore } = await import('./kinds/folder.ts')
  return folderStore(path)
}

async function openS3(address: string, env: Readonly<Record<string, string | undefined>>): Promise<ObjectStore> {
  const url = new URL(address)
  if (!env['AWS_ACCESS_KEY_ID'] || !env['AWS_SECRET_ACCESS_KEY']) {
    throw new StoreAddressError(
      `Cannot open store "${address}": there are no keys for it. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
    )
  }
  const { s3Store } = await import('./kinds/s3.ts')
  return s3Store({
    bucket: url.hostname,
    folder: decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, ''),
    endpoint: env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || env['MLFLOW_S3_ENDPOINT_URL'],
    region: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'],
    accessKey: env['AWS_ACCESS_KEY_ID'],
    secretKey: env['AWS_SECRET_ACCESS_KEY'],
    sessionToken: env['AWS_SESSION_TOKEN'],
  })
}
