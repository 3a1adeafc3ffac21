import { text } from 'node:stream/consumers'
import type { Client } from 'minio'

export interface ListedPage {
  readonly objects: readonly { readonly name: string; readonly sizeBytes: number }[]
  /** What stands before the delimiter where one was asked for, with it. */
  readonly prefixes: readonly string[]
  readonly next: string | undefined
}

export interface ListRequest {
  readonly prefix: string
  readonly delimiter?: '' | '/'
  readonly token?: string | undefined
  readonly limit?: number
}

/**
 * One page of S3's ListObjectsV2, by name in byte order. The client's own parser takes names for
 * percent-encoded where the server says that they are not, and leaves numeric XML entities as they are.
 */
export async function listPage(client: Client, bucket: string, request: ListRequest): Promise<ListedPage> {
  const { prefix, delimiter = '', token, limit = 1000 } = request
  const fields = { 'list-type': '2', 'encoding-type': 'url', 'max-keys': String(limit), prefix, delimiter }
  const query = Object.entries(token ? { ...fields, 'continuation-token': token } : fields)
    .map(([name, value]) => `${name}=${escapeQuery(value)}`)
    .sort()
    .join('&')
  const xml = await text(await client.makeRequestAsync({ method: 'GET', bucketName: bucket, query }))
  const isEncoded = /<EncodingType>url<\/EncodingType>/.test(xml)
  const nameIn = (part: string, element: string) => decodeName(elementIn(part, element) ?? '', isEncoded)
  return {
    objects: elements(xml, 'Contents').map((part) => ({
      name: nameIn(part, 'Key'),
      sizeBytes: Number(elementIn(part, 'Size') ?? 0),
    })),
    prefixes: elements(xml, 'CommonPrefixes').map((part) => nameIn(part, 'Prefix')),
    next:
      elementIn(xml, 'IsTruncated') === 'true' ? unescapeXml(elementIn(xml, 'NextContinuationToken') ?? '') : undefined,
  }
}

function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map((match) => match[1] ?? '')
}

function elementIn(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
}

function decodeName(written: string, isEncoded: boolean): string {
  const name = unescapeXml(written)
  return isEncoded ? decodeURIComponent(name.replaceAll('+', ' ')) : name
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescapeXml(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
      return entities[name ?? ''] ?? whole
    },
  )
}

/** As S3's signature wants it: everything but A–Z a–z 0–9 - . _ ~ (AWS Signature Version 4, canonical query). */
function escapeQuery(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
