import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { contentHash } from '@waymark/client/content-hash'
import { versionTags } from '@waymark/client/publish-model'

/** A version that the test registers: its folder, and the content hash it is registered with where that shall be wrong. */
export interface Registered {
  readonly version: string
  readonly folder: string
  readonly hash?: string
}

/**
 * The four answers that the app asks of an MLflow tracking server, under the test's hand: what the alias points at, and by its
 * life whether the server is away.
 */
export async function startRegistry({ port = 0, champion }: { port?: number; champion?: Registered } = {}) {
  const state = { champion }
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://registry')
    const answer = await answerOf(url, state.champion)
    if (answer instanceof Uint8Array) return response.end(answer)
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const bound = (server.address() as AddressInfo).port // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    state,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

type Answer = Uint8Array | { status: number; body: unknown }

async function answerOf(url: URL, champion: Registered | undefined): Promise<Answer> {
  if (!champion) {
    return {
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Registered model alias champion not found.' },
    }
  }
  const source = `mlflow-artifacts:/1/run-${champion.version}/artifacts/model`
  if (url.pathname.endsWith('/registered-models/alias')) {
    const content = champion.hash ?? (await contentHash(champion.folder))
    const tags = [{ key: versionTags.content, value: content }]
    const { version } = champion
    return {
      status: 200,
      body: { model_version: { name: 'small', version, creation_timestamp: Number(version), source, tags } },
    }
  }
  if (url.pathname.endsWith('/model-versions/get-download-uri')) return { status: 200, body: { artifact_uri: source } }
  if (url.pathname.endsWith('/mlflow-artifacts/artifacts')) {
    const names = await readdir(champion.folder)
    return { status: 200, body: { files: names.map((path) => ({ path, is_dir: false, file_size: 1 })) } }
  }
  return readFile(join(champion.folder, url.pathname.split('/').at(-1) ?? ''))
}
