/** MLflow's scoring protocol: GET /ping, /health, /version and POST /invocations; and GET / for who comes by a link. */
import { type Request, type Response, Router, raw } from 'express'
import { coerce } from '../coerce.ts'
import { frontPage } from '../front-page.ts'
import type { ServedModel } from '../model-slot.ts'
import type { ModelSource } from '../model-source.ts'
import { oneAtATime } from '../one-at-a-time.ts'
import { predictInSlices } from '../predict-in-slices.ts'
import { quote, RequestFault } from '../request-fault.ts'
import { version } from '../version.ts'
import { readInvocation } from './mlflow-request.ts'

export function mlflowDialect({
  source,
  maxBodyBytes,
}: {
  source: Pick<ModelSource, 'lease' | 'whyNone'>
  maxBodyBytes: number
}): Router {
  const router = Router()

  router.get('/', (_request, response) => {
    using lease = source.lease()
    response
      .set(lease ? servedBy(lease.served) : {})
      .type('text/plain')
      .send(frontPage(lease?.served, source.whyNone))
  })

  // Readiness: may requests be sent here? 503, where MLflow has 404, is what load balancers and SageMaker expect.
  router.get('/ping', (_request, response) => {
    using lease = source.lease()
    if (!lease) throw noModel(source)
    response.set(servedBy(lease.served)).type('application/json').send('\n')
  })

  // Liveness: does the process answer? An app that waits for its first model is healthy (docs/decisions).
  router.get('/health', (_request, response) => {
    using lease = source.lease()
    response
      .set(lease ? servedBy(lease.served) : {})
      .type('application/json')
      .send('\n')
  })

  router.get('/version', (_request, response) => {
    response.type('application/json').send(version)
  })

  const inTurn = oneAtATime()

  router.post('/invocations', raw({ type: () => true, limit: maxBodyBytes }), async (request, response) => {
    refuseOtherThanJson(request)
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    await (body.length > largeBytes ? inTurn(() => answer(body, request, response)) : answer(body, request, response))
  })

  async function answer(body: Buffer, request: Request, response: Response): Promise<void> {
    if (response.destroyed) return // its caller has gone while it waited
    using lease = source.lease()
    if (!lease) throw noModel(source)
    const { served } = lease
    const { signature } = served.model
    const { rows, ignored } = coerce(readInvocation(body, request.get('content-type'), signature), signature)
    response.set(servedBy(served))
    if (ignored.length > 0) response.set('x-waymark-ignored-columns', namesInHeader(ignored))
    const { json, nonFinite } = await predictInSlices(served.model, rows)
    if (nonFinite > 0) response.set('x-waymark-non-finite', String(nonFinite))
    response.type('application/json').send(`{"predictions": [${json}]}`)
  }

  for (const [path, method] of Object.entries({
    '/': 'GET',
    '/ping': 'GET',
    '/health': 'GET',
    '/version': 'GET',
    '/invocations': 'POST',
  })) {
    router.all(path, (request, response) => {
      response.set('allow', method)
      const how = path === '/invocations' ? `. ${howToAsk}` : ''
      throw new RequestFault(405, 'BAD_REQUEST', `Cannot ${request.method} ${path}: it takes ${method}${how}`)
    })
  }
  return router
}

const howToAsk =
  'Send the rows as JSON {"dataframe_records": [{column: value, …}]} with content-type application/json; GET / names the columns'

/** `<registered model>@<version>`; what a header cannot carry is percent-encoded. */
function servedBy({ name, version }: ServedModel): Record<string, string> {
  return { 'x-waymark-model': `${encodeURIComponent(name)}@${encodeURIComponent(version)}` }
}

/** Proxies refuse an answer with large headers (nginx: above 4 kB in all). */
const headerRoom = 1000

/** @returns the names that there is room for, percent-encoded, and `+<n>` for n more. */
function namesInHeader(names: readonly string[]): string {
  const shown: string[] = []
  let room = headerRoom
  for (const name of names) {
    const encoded = encodeURIComponent(name.toWellFormed())
    room -= encoded.length + 1
    if (room < 0) return [...shown, `+${names.length - shown.length}`].join(',')
    shown.push(encoded)
  }
  return shown.join(',')
}

/**
 * Parameters of the media type (`charset`, SageMaker's `verbose`) and a header that names no type at all refuse nothing.
 * @throws {RequestFault} 406 where `Accept` (RFC 9110, 12.5.1) names types and JSON is not among them.
 */
function refuseOtherThanJson(request: Request): void {
  const types = request.accepts().map((type) => type.toLowerCase())
  if (types.length === 0 || types.some((type) => ['application/json', 'application/*', '*/*'].includes(type))) return
  throw new RequestFault(
    406,
    'BAD_REQUEST',
    `Cannot answer in ${quote(request.get('accept'))}: predictions are application/json. Send that as Accept, or none`,
  )
}

/** Some thousand records: larger bodies keep the process busy for a while, and many at once would take its memory. */
const largeBytes = 512 * 1024

/** Two looks at the registry are as far apart. */
const retryAfterSeconds = 2

function noModel(source: Pick<ModelSource, 'whyNone'>): RequestFault {
  const words = `Cannot predict yet: ${source.whyNone}`
  return new RequestFault(503, 'TEMPORARILY_UNAVAILABLE', words, { retryAfterSeconds })
}
