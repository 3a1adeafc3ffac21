import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import express, { type RequestHandler, Router } from 'express'

export interface WebOptions {
  /** The built UI: index.html and what it refers to; undefined, or without an index.html, for none. */
  readonly dir: string | undefined
  readonly staticPrefix: string
}

/** Nothing from elsewhere, no inline script; inline styles are the UI library's. */
const policy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join('; ')

/** The web UI: files by name, and its one page for every other address that a browser asks for. */
export function webRoutes({ dir, staticPrefix }: WebOptions): Router {
  const router = Router()
  if (dir !== undefined) router.use(staticPrefix || '/', filesOf(dir))
  router.get('/{*path}', async (request, response, next) => {
    // a browser asks for a page by its type; a script or picture that is not there must not become one
    const asksForPage = request.headers.accept?.includes('text/html') || request.path === '/'
    const isPage = asksForPage && !isApi(request.path, staticPrefix)
    const isOurs = request.path === staticPrefix || request.path.startsWith(`${staticPrefix}/`)
    if (!isPage || (!isOurs && request.path !== '/')) return next()
    if (!isOurs) return response.redirect(`${staticPrefix}/`)
    const page = dir === undefined ? undefined : await readPage(join(dir, 'index.html'))
    response.setHeader('content-security-policy', policy)
    response.setHeader('cache-control', 'no-cache')
    response.status(page === undefined ? 503 : 200).type('html')
    response.end(page?.replace('<base href="/" />', `<base href="${staticPrefix}/" />`) ?? notBuilt)
  })
  return router
}

/** The files of the build, compressed where the build holds them so and the browser takes it. */
function filesOf(dir: string): RequestHandler {
  const files = express.static(dir, {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    setHeaders(response, path) {
      // Vite puts the hash of a file into its name below assets/
      const isHashed = path.includes(`${join(dir, 'assets')}`)
      response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      response.setHeader('content-security-policy', policy)
      if (!path.endsWith('.gz')) return
      response.setHeader('content-encoding', 'gzip')
      response.type(extname(path.slice(0, -'.gz'.length)))
    },
  })
  return (request, response, next) => {
    if (!/^\/assets\/[^/]+\.(js|css)$/.test(request.path)) return files(request, response, next)
    response.vary('accept-encoding')
    if (!request.acceptsEncodings('gzip')) return files(request, response, next)
    const plain = request.url
    request.url = `${request.path}.gz`
    files(request, response, (error) => {
      request.url = plain
      if (error) next(error)
      else files(request, response, next)
    })
  }
}

function isApi(path: string, staticPrefix: string): boolean {
  const inner = path.startsWith(staticPrefix) ? path.slice(staticPrefix.length) : path
  return [path, inner].some((one) => /^\/(api|ajax-api|get-artifact|model-versions\/get-artifact)(\/|$)/.test(one))
}

async function readPage(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Waymark</title>
<h1>The tracking server is running; its web pages are not built yet</h1>
<p>Run <code>npm run build --workspace web</code>, then load this page again. (<code>npm start</code> builds them by itself.)</p>
<p>The API is ready: clients can log to this address.</p>
</html>
`
