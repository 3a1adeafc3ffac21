/** What MLflow takes as the key of a metric, param or tag. */
import { z } from 'zod'

/** The longest key, in characters. */
export const maxKeyLength = 250

/**
 * @returns why MLflow refuses `name` as a key, in its words; undefined for a good one. Letters and digits are
 * those of Unicode, as in Python's `\w`; a name that is a path must be in its shortest form.
 */
export function nameFault(name: string): string | undefined {
  if (!/^[/\p{L}\p{N}_.\- :]+$/u.test(name)) {
    return (
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), ' +
      'colon(:) and slashes (/).'
    )
  }
  const normal = normalised(name)
  if (normal === name && name !== '.' && !name.startsWith('..') && !name.startsWith('/')) return undefined
  return (
    'Names may be treated as files in certain cases, and must not resolve to other names when treated as such. ' +
    `This name would resolve to '${normal}'`
  )
}

/** Text that is a registered model's alias: 1 to 255 of letters, digits, `_` and `-`; `latest` and `v<n>` are taken. */
export const Alias = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,255}$/, 'expected 1 to 255 of letters, digits, _ and -')
  .refine((alias) => !/^(latest|v\d+)$/i.test(alias), 'this name is reserved')

/** Python's `posixpath.normpath`. */
function normalised(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part !== '..' || !path.startsWith('/')) parts.push(part)
  }
  const root = path.startsWith('//') && !path.startsWith('///') ? '//' : path.startsWith('/') ? '/' : ''
  return root + parts.join('/') || '.'
}
