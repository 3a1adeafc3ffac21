import { isIP } from 'node:net'
import type { RequestHandler } from 'express'

export interface GuardSettings {
  /** Host headers to answer, with or without port; `*` stands for any text. Default: this machine and private addresses. */
  readonly allowedHosts?: readonly string[] | undefined
  /** Origins of other sites whose pages may write; `*` allows all. */
  readonly corsAllowedOrigins?: readonly string[] | undefined
  /** `NONE` sends no such header. */
  readonly xFrameOptions?: string | undefined
}

const unguarded = new Set(['/health', '/version', '/ready'])
const writes = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/**
 * Refuses what a page of another site can make a browser send: requests under a foreign Host (DNS
 * rebinding) and writes with a foreign Origin. Sets the security headers of every answer.
 */
export function guard({
  allowedHosts,
  corsAllowedOrigins = [],
  xFrameOptions = 'SAMEORIGIN',
}: GuardSettings): RequestHandler {
  const isAllowedHost = hostRule(allowedHosts)
  const origins = patternRule(corsAllowedOrigins)
  return (request, response, next) => {
    response.setHeader('x-content-type-options', 'nosniff')
    response.setHeader('referrer-policy', 'same-origin')
    if (xFrameOptions.toUpperCase() !== 'NONE') response.setHeader('x-frame-options', xFrameOptions)
    const host = hasOneHost(request) ? (request.headers.host ?? '') : ''
    if (!unguarded.has(request.path) && !isAllowedHost(host)) {
      refuse(response, 'Invalid Host header - possible DNS rebinding attack detected')
      return
    }
    const origin = request.headers.origin
    const trusted = origin === undefined || isSameOrigin(origin, host) || isLocal(origin) || origins(origin)
    if (origin !== undefined && trusted && !isSameOrigin(origin, host)) {
      response.setHeader('access-control-allow-origin', origin)
      response.setHeader('vary', 'Origin')
    }
    if (request.method === 'OPTIONS') {
      if (origin !== undefined && trusted) {
        response.setHeader('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE, OPTIONS')
        response.setHeader('access-control-allow-headers', 'Content-Type, Authorization')
      }
      response.statusCode = 204
      response.end()
      return
    }
    if (
      writes.has(request.method) &&
      (!trusted || (origin === undefined && request.headers['sec-fetch-site'] === 'cross-site'))
    ) {
      refuse(response, 'Cross-origin request blocked')
      return
    }
    next()
  }
}

/** Node takes the first of several; a proxy before us may have looked at another (RFC 9112 §3.2). */
function hasOneHost({ rawHeaders }: { rawHeaders: readonly string[] }): boolean {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length === 1
}

function refuse(response: Parameters<RequestHandler>[1], message: string): void {
  response.statusCode = 403
  response.setHeader('content-type', 'text/plain')
  response.end(message)
}

/** `localhost:5000`, `10.0.0.7`, `[::1]:5000`; undefined for what is no host with an optional port. */
function splitHost(header: string): { name: string; address: string } | undefined {
  const match = /^(\[([0-9a-fA-F:.]+)\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.exec(header)
  const name = match?.[1]
  return name === undefined ? undefined : { name: name.toLowerCase(), address: (match?.[2] ?? name).toLowerCase() }
}

/** @returns whether a Host header is answered. */
export function hostRule(allowed: readonly string[] | undefined): (header: string) => boolean {
  if (!allowed || allowed.length === 0) {
    return (header) => {
      const host = splitHost(header)
      return host !== undefined && (host.name === 'localhost' || isPrivateAddress(host.address))
    }
  }
  const matches = patternRule(allowed)
  return (header) => {
    const host = splitHost(header)
    return (host !== undefined && matches(host.name)) || matches(header.toLowerCase())
  }
}

/** An address as such, not a name that begins like one. */
function isPrivateAddress(address: string): boolean {
  if (isIP(address) === 6) return address === '::1' || /^f[cd]/.test(address)
  if (isIP(address) !== 4) return false
  const [a = 0, b = 0] = address.split('.').map(Number)
  return a === 127 || a === 10 || (a === 192 && b === 168) || (a === 172 && b >= 16 && b <= 31) || address === '0.0.0.0'
}

function isSameOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`
}

function isLocal(origin: string): boolean {
  return /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/.test(origin)
}

/** Patterns with `*` for any text, in any case. */
function patternRule(patterns: readonly string[]): (text: string) => boolean {
  const rules = patterns.map((pattern) => new RegExp(`^${pattern.toLowerCase().split('*').map(literally).join('.*')}$`))
  return (text) => rules.some((rule) => rule.test(text.toLowerCase()))
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
