import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'

/** Stands before a real tracking server and does to its answers what the test decides. */
export interface FlakyServer extends AsyncDisposable {
  readonly base: string
  /** Requests that have arrived, as `POST /path`. */
  readonly seen: string[]
  /**
   * What happens to a request: it goes through; it is answered with a status; it is left without an answer; the
   * connection is cut before the server hears of it, in the middle of its answer, or after it.
   */
  behave: (request: IncomingMessage) => Behaviour
}

export type Behaviour =
  | 'pass'
  | 'hold'
  | 'cut before'
  | 'cut midway'
  | 'cut after'
  | { readonly status: number; readonly retryAfter?: string }

export async function startFlakyServer(target: string): Promise<FlakyServer> {
  const seen: string[] = []
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url}`)
    const behaviour = flaky.behave(incoming)
    if (behaviour === 'cut before') return incoming.socket.destroy()
    if (behaviour === 'hold') return incoming.resume()
    if (typeof behaviour === 'object') {
      incoming.resume()
      outgoing.writeHead(behaviour.status, behaviour.retryAfter ? { 'retry-after': behaviour.retryAfter } : {})
      return outgoing.end('not now')
    }
    const { method, headers, url } = incoming
    const passed = request(
      `${target}${url}`,
      { method, headers: { ...headers, host: new URL(target).host } },
      (reply) => {
        if (behaviour === 'cut after') {
          reply.resume()
          reply.on('end', () => incoming.socket.destroy())
          return
        }
        outgoing.writeHead(reply.statusCode ?? 502, reply.headers)
        if (behaviour === 'cut midway') {
          reply.once('data', (bytes: Buffer) => {
            outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => incoming.socket.destroy())
          })
          return
        }
        reply.pipe(outgoing)
      },
    )
    // Whichever side goes, the other learns it.
    passed.on('error', () => outgoing.destroy())
    outgoing.on('close', () => outgoing.writableFinished || passed.destroy())
    return incoming.pipe(passed)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address')
  const flaky: FlakyServer = {
    base: `http://127.0.0.1:${address.port}`,
    seen,
    behave: () => 'pass',
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return flaky
}
