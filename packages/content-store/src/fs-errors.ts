/** Whether a file system call failed because nothing is at that path. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')
}

export function hasCode(error: unknown, code: string): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && error.code === code
}

/** Makes a change that is a courtesy: where nothing may be written, all stays as it is. */
export function ifWritable(change: () => void): void {
  try {
    change()
  } catch (error) {
    if (!noWriting.some((code) => hasCode(error, code))) throw error
  }
}

/** @returns a fault of the disk or of its permissions, for people; undefined for any other error */
export function sayFsError(error: unknown): string | undefined {
  const place = error instanceof Error ? placeOf(error) : ''
  if (hasCode(error, 'ENOSPC')) return `Cannot write${place}: the disk is full. Make room, then start again`
  if (hasCode(error, 'EDQUOT')) return `Cannot write${place}: your quota is used up. Make room, then start again`
  if (hasCode(error, 'EROFS')) return `Cannot write${place}: it is read-only. Make it writable, then start again`
  if (hasCode(error, 'EACCES') || hasCode(error, 'EPERM'))
    return `Cannot use${place}: this user has no permission. Give it to them, then start again`
  if (hasCode(error, 'EBUSY'))
    return `Cannot move${place}: something is mounted there. Name a folder below it, then start again`
  return undefined
}

const noWriting = ['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT']

function placeOf(error: Error): string {
  const { path, dest } = error as NodeJS.ErrnoException & { dest?: string }
  // A copy fails at its end far more often than at its start.
  const at = dest ?? path
  return at === undefined ? '' : ` ${JSON.stringify(at)}`
}
