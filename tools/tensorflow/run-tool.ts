import { spawn } from 'node:child_process'
import { InstallError } from './install-error.ts'

export interface RunToolOptions {
  /** What to do where the tool is missing or fails. */
  readonly hint: string
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/**
 * Runs a program of this machine; its words are shown only if it fails.
 * @throws {InstallError} where it is not there or ends with another code than 0.
 */
export async function runTool(tool: string, args: readonly string[], options: RunToolOptions): Promise<void> {
  const { hint, cwd = process.cwd(), env = process.env } = options
  const child = spawn(tool, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  child.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') reject(new InstallError(`Cannot run ${tool}: it is not on the PATH`, hint))
    else reject(error)
  })
  child.once('close', (code, by) => resolve(code === 0 ? '' : String(code ?? by)))
  const failure = await promise
  if (failure === '') return
  const words = Buffer.concat(said).toString().trim().split('\n').slice(-20).join('\n')
  throw new InstallError(`Cannot go on: ${tool} ${args[0] ?? ''} ended with ${failure}\n${words}`, hint)
}
