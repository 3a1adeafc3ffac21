import { existsSync } from 'node:fs'
import { arch, cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { fileHash } from '@waymark/client/content-hash'

/** What a repro ran on, for `environment.json` of its run. No names of people, hosts or folders. */
export async function describeEnvironment(root: string, command: readonly string[]) {
  const lock = join(root, 'package-lock.json')
  const processors = cpus()
  return {
    command: command.join(' '),
    node: process.version,
    os: { type: type(), release: release(), arch: arch() },
    cpu: { model: processors[0]?.model ?? 'unknown', cores: processors.length },
    /** bytes */
    memory: totalmem(),
    package_lock: existsSync(lock) ? { path: 'package-lock.json', md5: await fileHash(lock, 'md5') } : null,
  }
}
