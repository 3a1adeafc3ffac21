import type { Fingerprint } from '@waymark/content-store/fingerprint'
import type { ManifestEntry } from '@waymark/content-store/manifest'
import type { LockEntry, LockPath } from './lock-entry.ts'
import type { SeenOut, SeenParams, SeenPath, Snapshot } from './snapshot.ts'
import { keyText, plain, sameValue, type Value } from './values.ts'

/** One difference between what a stage looks like now and what its lock entry says. */
export type Change =
  | { readonly kind: 'never ran' }
  | { readonly kind: 'command'; readonly old: string; readonly new: string }
  | {
      readonly kind: 'dep' | 'out'
      readonly path: string
      readonly change: 'new' | 'modified' | 'deleted' | 'not in cache'
      readonly old?: string | undefined
      readonly new?: string | undefined
    }
  | {
      readonly kind: 'param'
      readonly path: string
      readonly key: string
      readonly change: 'new' | 'modified' | 'deleted'
      readonly old?: unknown
      readonly new?: unknown
    }
  | { readonly kind: 'forced' }
  | { readonly kind: 'always changed' }

/** Above this many changed files a folder is named as a whole. */
const filesNamed = 10

/**
 * What keeps a stage from being up to date, the decisive first: DVC's rules (command, deps and params, outs), told to
 * the file and the key. Empty where nothing does.
 */
export function whyRun(now: Snapshot, locked: LockEntry | undefined): Change[] {
  if (now.alwaysChanged && !now.frozen) return [{ kind: 'always changed' }]
  if (!locked) return [{ kind: 'never ran' }]
  const changes: Change[] = []
  if (commandText(now.cmd) !== commandText(locked.cmd) || Array.isArray(now.cmd) !== Array.isArray(locked.cmd)) {
    changes.push({ kind: 'command', old: commandText(locked.cmd), new: commandText(now.cmd) })
  }
  if (!now.frozen) {
    for (const params of now.params) changes.push(...paramChanges(params, locked.params.get(params.path)))
    for (const dep of now.deps) changes.push(...pathChanges('dep', dep, entryOf(locked.deps, dep)))
  }
  for (const out of now.outs) changes.push(...outChanges(out, entryOf(locked.outs, out)))
  return changes
}

/** What a frozen stage has lost may come back; nothing else may be taken for what it made. */
export function isMissingOut(change: Change): boolean {
  return change.kind === 'out' && (change.change === 'deleted' || change.change === 'not in cache')
}

/** A change in one line, for people: `config.yaml training.epochs changed 20 → 40`. */
export function sayChange(change: Change): string {
  switch (change.kind) {
    case 'never ran':
      return 'it never ran before'
    case 'command':
      return `command changed${commandWords(change)}`
    case 'forced':
      return 'forced'
    case 'always changed':
      return 'always changed'
    case 'dep':
      return `${change.path} ${depWords(change)}`
    case 'out':
      return `out ${change.path} ${outWords(change)}`
    case 'param':
      return `${change.path}${change.key === '' ? '' : ` ${change.key}`} ${paramWords(change)}`
    default:
      return change satisfies never
  }
}

/** ` … --lr 0.1 → … --lr 0.2`: from the first word that differs to the last one. */
function commandWords({ old, new: now }: Change & { kind: 'command' }): string {
  if (old === now) return ''
  const [before, after] = [old.split(/\s+/), now.split(/\s+/)]
  if (before.join(' ') === after.join(' ')) return ' in its blanks'
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let end = 0
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++
  // Where words were only added or taken out, one beside them says where.
  if (start + end === shorter) {
    if (start > 0) start--
    else end--
  }
  const shown = (words: readonly string[]) => {
    const differing = words.slice(start, words.length - end)
    return shortText([...(start > 0 ? ['…'] : []), ...differing, ...(end > 0 ? ['…'] : [])].join(' '))
  }
  return ` ${shown(before)} → ${shown(after)}`
}

function depWords({ change, old }: Change & { kind: 'dep' | 'out' }): string {
  if (change === 'new') return 'is new'
  if (change === 'deleted') return 'is missing'
  // It changed while the stage ran, or DVC 2 wrote the entry: nobody can say that this is what the stage has read.
  return old === undefined ? 'has no hash in the lock' : 'changed'
}

function outWords(out: Change & { kind: 'dep' | 'out' }): string {
  // As in a fresh clone, whose lock knows of outs that nobody has brought along.
  if (out.change === 'not in cache' && out.new === undefined) return 'is neither in the folder nor in the cache'
  return { new: 'is new', modified: 'changed', deleted: 'is missing', 'not in cache': 'is not in the cache' }[
    out.change
  ]
}

function paramWords(change: Change & { kind: 'param' }): string {
  if (change.change === 'deleted') return 'is missing'
  if (change.key === '') return 'is new'
  if (change.change === 'new') return `is new: ${shortText(change.new)}`
  return `changed ${shortText(change.old)} → ${shortText(change.new)}`
}

function shortText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

function pathChanges(kind: 'dep' | 'out', seen: SeenPath, locked: LockPath | undefined): Change[] {
  const { path, content } = seen
  const old = locked?.md5
  if (!content) return [{ kind, path, change: 'deleted', old }]
  if (!locked) return [{ kind, path, change: 'new', new: content.md5 }]
  if (content.md5 === old) return []
  const inside = seen.lockedFiles && content.manifest ? fileChanges(kind, path, seen.lockedFiles, content) : []
  return inside.length > 0 && inside.length <= filesNamed
    ? inside
    : [{ kind, path, change: 'modified', old, new: content.md5 }]
}

function outChanges(seen: SeenOut, locked: LockPath | undefined): Change[] {
  if (!seen.inCache)
    return [{ kind: 'out', path: seen.path, change: 'not in cache', old: locked?.md5, new: seen.content?.md5 }]
  return pathChanges('out', seen, locked)
}

function fileChanges(
  kind: 'dep' | 'out',
  folder: string,
  before: readonly ManifestEntry[],
  content: Fingerprint,
): Change[] {
  const old = new Map(before.map((entry) => [entry.relpath, entry.md5]))
  const changes: Change[] = []
  for (const { relpath, md5 } of content.manifest?.entries ?? []) {
    const was = old.get(relpath)
    old.delete(relpath)
    if (was === undefined) changes.push({ kind, path: `${folder}/${relpath}`, change: 'new', new: md5 })
    else if (was !== md5) changes.push({ kind, path: `${folder}/${relpath}`, change: 'modified', old: was, new: md5 })
  }
  for (const [relpath, md5] of old) changes.push({ kind, path: `${folder}/${relpath}`, change: 'deleted', old: md5 })
  return changes
}

function paramChanges(seen: SeenParams, locked: ReadonlyMap<string, Value> | undefined): Change[] {
  const { path, values } = seen
  if (!values) return [{ kind: 'param', path, key: '', change: 'deleted' }]
  const keys = seen.keys === 'all' ? [...new Set([...values.keys(), ...(locked?.keys() ?? [])])] : seen.keys
  if (!locked && keys.length === 0) return [{ kind: 'param', path, key: '', change: 'new' }]
  return keys.flatMap((key) => valueChanges(path, key, locked?.get(key), values.get(key)))
}

function valueChanges(path: string, key: string, old: Value | undefined, now: Value | undefined): Change[] {
  if (now === undefined)
    return [{ kind: 'param', path, key, change: 'deleted', ...(old !== undefined && { old: plain(old) }) }]
  if (old === undefined) return [{ kind: 'param', path, key, change: 'new', new: plain(now) }]
  if (sameValue(old, now)) return []
  if (old instanceof Map && now instanceof Map) {
    const keys = new Set([...now.keys(), ...old.keys()])
    return [...keys].flatMap((inner) => valueChanges(path, `${key}.${keyText(inner)}`, old.get(inner), now.get(inner)))
  }
  return [{ kind: 'param', path, key, change: 'modified', old: plain(old), new: plain(now) }]
}

function commandText(cmd: string | readonly string[]): string {
  return typeof cmd === 'string' ? cmd : cmd.join('\n')
}

function entryOf(entries: readonly LockPath[], seen: SeenPath): LockPath | undefined {
  return entries.find((entry) => entry.path === seen.path)
}
