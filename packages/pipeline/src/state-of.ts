import { md5Of } from '@waymark/content-store/digest'
import { pythonJson } from '@waymark/content-store/python-json'
import type { LockEntry, LockPath } from './lock-entry.ts'
import type { Key, Value } from './values.ts'

/**
 * The state of some stages as one hash: MD5 of their lock entries (commands, deps and outs by hash, params), whatever
 * order they are in and however the lock is written.
 * @param entries by the stage's address
 */
export function stateOf(entries: ReadonlyMap<string, LockEntry>): string {
  return md5Of(pythonJson(new Map([...entries].map(([address, entry]) => [address, entryValue(entry)]))))
}

function entryValue({ cmd, deps, params, outs }: LockEntry): Value {
  const byPath = (paths: readonly LockPath[]) => new Map(paths.map(({ path, md5 }) => [path, md5 ?? null]))
  return new Map<Key, Value>([
    ['cmd', cmd],
    ['deps', byPath(deps)],
    ['params', params],
    ['outs', byPath(outs)],
  ])
}
