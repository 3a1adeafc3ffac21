import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serveModel } from '../../test/serve-model.ts'
import { toyModel } from '../../test/toy-model.ts'

const folder = join(import.meta.dirname, '../../test/cases')
/** `<request line> <header lines> <empty line> <body>`, the answer below `===` in the same form. */
const separator = '\n===\n'

for (const file of (await readdir(folder)).sort()) {
  test(file.replace(/\.http$/, ''), async () => {
    await using app = await serveModel(toyModel())
    const text = await readFile(join(folder, file), 'utf8')
    const [asked = ''] = text.split(separator)
    const answered = await send(app.url, asked)
    await expect(`${asked}${separator}${answered}\n`).toMatchFileSnapshot(join(folder, file))
  })
}

async function send(base: string, asked: string): Promise<string> {
  const [head = '', ...rest] = asked.split('\n\n')
  const [requestLine = '', contentType = ''] = head.split('\n')
  const [method = '', path = ''] = requestLine.split(' ')
  const type = contentType.replace('content-type:', '').trim()
  const body = new TextEncoder().encode(rest.join('\n\n'))
  const reply = await fetch(`${base}${path}`, { method, body, headers: type ? { 'content-type': type } : {} })
  const headers = [...reply.headers].filter(([name]) => /^(?:content-type|allow|x-.*)$/.test(name))
  return [reply.status, ...headers.map(([name, value]) => `${name}: ${value}`), '', pretty(await reply.text())].join(
    '\n',
  )
}

function pretty(body: string): string {
  return body.replaceAll('},{', '},\n{')
}
