import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { TempProject } from './temp-project.ts'

/** Stages whose start and finish the test decides. */
export interface Rig {
  /** Resolves when a command `node rig.mjs <name>` has started. */
  started(name: string): Promise<HeldCommand>
}

export interface HeldCommand {
  /** Lets the command write a file, relative to its folder. */
  write(path: string, text: string): Promise<void>
  /** Lets it write to stderr and exit. */
  exit(code: number, stderr?: string): void
  /** Resolves when its process is gone. */
  readonly ended: Promise<unknown>
}

/** Connects to the test, says its name, and does what it is told. */
const program = `
import { connect } from 'node:net'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
const socket = connect('rig.sock')
socket.write(process.argv[2] + '\\n')
for await (const line of createInterface(socket)) {
  const order = JSON.parse(line)
  if (order.path) { mkdirSync(dirname(order.path), { recursive: true }); writeFileSync(order.path, order.text); socket.write('done\\n') }
  else { process.stderr.write(order.stderr, () => process.exit(order.code)) }
}
`

export async function rigFor(project: TempProject): Promise<Rig> {
  project.write({ 'rig.mjs': program })
  const waiting = new Map<string, ((command: HeldCommand) => void)[]>()
  const arrived = new Map<string, HeldCommand[]>()
  const server = createServer((socket) => {
    socket.once('data', (data) => {
      const name = data.toString().trim()
      const command = held(socket)
      const next = waiting.get(name)?.shift()
      if (next) next(command)
      else arrived.set(name, [...(arrived.get(name) ?? []), command])
    })
  })
  server.listen(join(project.root, 'rig.sock'))
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return {
    started: (name) =>
      new Promise((resolve) => {
        const early = arrived.get(name)?.shift()
        if (early) resolve(early)
        else waiting.set(name, [...(waiting.get(name) ?? []), resolve])
      }),
  }
}

function held(socket: Socket): HeldCommand {
  socket.on('error', () => {})
  return {
    async write(path, text) {
      socket.write(`${JSON.stringify({ path, text })}\n`)
      await once(socket, 'data')
    },
    exit(code, stderr = '') {
      socket.write(`${JSON.stringify({ code, stderr })}\n`)
    },
    ended: once(socket, 'close'),
  }
}
