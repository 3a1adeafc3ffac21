/** Artifacts under one root: through the server's proxy, or straight on the disk for a `file:` root. */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { fileURLToPath } from 'node:url'
import { artifactPath, artifactProxyPath, FileInfo } from '@waymark/contract/artifacts'
import { z } from 'zod'
import { ApiError } from './api-error.ts'
import { errorOf } from './call.ts'
import type { Connection } from './connection.ts'
import { openUpload } from './upload.ts'

/** A file on this machine, or bytes in memory. */
export type ArtifactSource = { readonly file: string } | { readonly bytes: Uint8Array }

export interface ArtifactFolder {
  readonly uri: string
  /** Writes one artifact, replacing what was there; files are streamed. */
  put(path: string, source: ArtifactSource): Promise<void>
  /** @throws {ApiError} 404 where there is no such artifact. */
  get(path: string): Promise<Readable>
  /** Files and folders right below `path`, their paths relative to the root; none where nothing is there. */
  list(path?: string): Promise<FileInfo[]>
}

/**
 * @param uri an artifact root or a folder below one, as `Run.info.artifact_uri` and `model-versions/get-download-uri`
 *   give it.
 * @throws {Error} for an address that only the store's own client can open (s3://, …).
 */
export function openArtifacts(server: Connection, uri: string): ArtifactFolder {
  if (uri.startsWith('file:')) return diskFolder(uri, fileURLToPath(uri))
  if (uri.startsWith('/')) return diskFolder(uri, uri)
  const root = proxyRoot(server, uri)
  if (root !== undefined) return proxiedFolder(server, uri, root)
  throw new Error(
    `Cannot open artifacts at ${JSON.stringify(uri)}: only the store's own client reaches them. Start the server with --serve-artifacts, then new experiments go through it`,
  )
}

/** @returns every file below `path`, depth first, paths relative to the root. */
export async function* allFiles(folder: ArtifactFolder, path = ''): AsyncGenerator<FileInfo> {
  for (const entry of await folder.list(path)) {
    if (entry.is_dir) yield* allFiles(folder, entry.path)
    else yield entry
  }
}

/**
 * Downloads the artifact or the folder of artifacts `path` to `to`; a folder's files keep their paths below it.
 * @returns how many files were written.
 */
export async function downloadArtifacts(folder: ArtifactFolder, path: string, to: string): Promise<number> {
  const files = await Array.fromAsync(allFiles(folder, path))
  if (files.length === 0 && path !== '') {
    await writeBeside(to, () => folder.get(path))
    return 1
  }
  const prefix = path === '' ? 0 : path.length + 1
  await eachOf(files, async (file) => {
    const below = safePath(file.path.slice(prefix))
    await writeBeside(join(to, below), () => folder.get(file.path))
  })
  return files.length
}

/** Uploads a file, or every file of a folder, to `path` below the root. Links are followed, once they lead to a file. */
export async function uploadArtifacts(folder: ArtifactFolder, local: string, path: string): Promise<number> {
  if (!(await stat(local)).isDirectory()) {
    await folder.put(path, { file: local })
    return 1
  }
  const files = await filesBelow(local)
  await eachOf(files, (file) => folder.put(joinPath(path, file), { file: join(local, file) }))
  return files.length
}

/** @returns the files below a local folder, sorted, with `/` between folders. */
export async function filesBelow(local: string): Promise<string[]> {
  const entries = await readdir(local, { recursive: true, withFileTypes: true })
  const files: string[] = []
  for (const entry of entries) {
    const full = join(entry.parentPath, entry.name)
    if (entry.isFile() || (entry.isSymbolicLink() && (await stat(full)).isFile())) {
      files.push(relative(local, full).split(sep).join('/'))
    }
  }
  return files.sort()
}

export function joinPath(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')
}

function proxyRoot(server: Connection, uri: string): string | undefined {
  const path = artifactPath(uri, '')
  if (path !== undefined) return `${server.base}${path}`
  return /^https?:\/\//.test(uri) && uri.includes('/mlflow-artifacts/artifacts') ? uri.replace(/\/+$/, '') : undefined
}

function proxiedFolder(server: Connection, uri: string, root: string): ArtifactFolder {
  const send = server.fetch ?? fetch
  const [listBase = '', below = ''] = root.split(/(?<=\/mlflow-artifacts\/artifacts)(?:\/|$)/)

  async function answer(url: string, init: RequestInit): Promise<Response> {
    const reply = await send(url, { ...init, headers: { ...server.headers, ...(init.headers as object) } })
    if (!reply.ok) throw await errorOf(reply, url)
    return reply
  }

  return {
    uri,
    async put(path, source) {
      const url = `${root}/${encodePath(path)}`
      await using upload = await openUpload(source)
      const { body, size, signal } = upload
      const headers = { 'content-length': String(size) }
      // `duplex` is what Node's fetch asks for with a stream as body; the DOM's type does not know it.
      const init = { method: 'PUT', body, duplex: 'half', headers, signal } as RequestInit
      await (await answer(url, init)).arrayBuffer()
    },
    async get(path) {
      const url = `${root}/${encodePath(path)}`
      const reply = await answer(url, {})
      // The DOM's and Node's stream types differ in name only.
      return reply.body ? Readable.fromWeb(reply.body as ReadableStream) : Readable.from([])
    },
    async list(path = '') {
      const query = new URLSearchParams({ path: joinPath(decodeURIComponent(below), path) })
      const reply = await answer(`${listBase || `${server.base}${artifactProxyPath}`}?${query}`, {})
      const { files } = Listing.parse(await reply.json())
      return files.map((file) => ({ ...file, path: joinPath(path, file.path) }))
    },
  }
}

const Listing = z.object({ files: z.array(FileInfo).default([]) })

function diskFolder(uri: string, root: string): ArtifactFolder {
  return {
    uri,
    async put(path, source) {
      const open = async () => ('file' in source ? createReadStream(source.file) : Readable.from([source.bytes]))
      await writeBeside(join(root, safePath(path)), open)
    },
    async get(path) {
      const file = join(root, safePath(path))
      const found = await stat(file).catch(nothingThere)
      if (!found?.isFile()) {
        throw new ApiError({ status: 404, code: 'RESOURCE_DOES_NOT_EXIST', message: `No artifact ${path}`, url: uri })
      }
      return createReadStream(file)
    },
    async list(path = '') {
      const entries = await readdir(join(root, safePath(path)), { withFileTypes: true }).catch(nothingThere)
      const infos = (entries ?? []).map(async (entry): Promise<FileInfo> => {
        const below = joinPath(path, entry.name)
        if (entry.isDirectory()) return { path: below, is_dir: true }
        return { path: below, is_dir: false, file_size: (await stat(join(root, below))).size }
      })
      return (await Promise.all(infos)).sort((a, b) => (a.path < b.path ? -1 : 1))
    },
  }
}

/**
 * A few at a time: enough to hide the round trips, few enough to keep memory and sockets low.
 * @throws what the first action that failed threw; no other is begun after it, and none is under way any more.
 */
export async function eachOf<T>(items: readonly T[], action: (item: T) => Promise<void>, lanes = 4): Promise<void> {
  const queue = items.values()
  const failures: unknown[] = []
  const lane = async () => {
    for (const item of queue) {
      await action(item).catch((error: unknown) => failures.push(error))
      if (failures.length > 0) return
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  if (failures.length > 0) throw failures[0]
}

/** @param open called once the folder is there: a stream that fails before anybody reads it would end the process. */
async function writeBeside(file: string, open: () => Promise<Readable>): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const beside = `${file}.${process.pid}.part`
  try {
    await pipeline(await open(), createWriteStream(beside))
    await rename(beside, file)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

/** @throws {Error} for a path that would leave the folder it is put below. */
function safePath(path: string): string {
  const segments = path.split('/')
  if (path.startsWith('/') || segments.includes('..') || path.includes('\0')) {
    throw new Error(`Cannot use artifact path ${JSON.stringify(path)}: it leaves its folder`)
  }
  return path
}

function encodePath(path: string): string {
  return joinPath(path).split('/').map(encodeURIComponent).join('/')
}

function nothingThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
}
