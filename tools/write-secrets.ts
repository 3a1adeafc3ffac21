/**
 * The one-shot `secrets` service of docker-compose.yml: passwords and keys in files, one folder for each group of
 * services that needs them. Made at random once and kept; a value from the environment (`.env`) takes their place.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

interface Secret {
  readonly file: string
  /** The variable that overrides it. */
  readonly env?: string
}

const secrets: readonly Secret[] = [
  { file: 'postgres-admin/password' },
  { file: 'database/password', env: 'POSTGRES_PASSWORD' },
  { file: 'object-store/access-key', env: 'OBJECT_STORE_ACCESS_KEY' },
  { file: 'object-store/secret-key', env: 'OBJECT_STORE_SECRET_KEY' },
]
const shortest = 12
const folder = process.argv[2] ?? '/secrets'

const faults = secrets.flatMap(({ env }) => (env === undefined ? [] : faultsOf(env, process.env[env])))
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\nCorrect them in .env, or take them out to get random ones\n`)
  process.exitCode = 1
} else for (const secret of secrets) process.stdout.write(`${secret.file}  ${await provide(secret)}\n`)

function faultsOf(name: string, value = ''): string[] {
  if (value === '') return []
  if (value.length < shortest)
    return [`Cannot use ${name}: it has ${value.length} characters, and ${shortest} are the least`]
  if (!/^[\x21-\x7e]+$/.test(value)) return [`Cannot use ${name}: expected printable ASCII characters without spaces`]
  return []
}

/** @returns what was done, without the value. */
async function provide({ file, env }: Secret): Promise<'taken from .env' | 'kept' | 'made'> {
  const path = join(folder, file)
  const given = env === undefined ? '' : (process.env[env] ?? '')
  const kept = await readIfThere(path)
  if (given !== '' && given !== kept) await write(path, given)
  if (given !== '') return 'taken from .env'
  if (kept !== undefined) return 'kept'
  await write(path, randomBytes(24).toString('base64url'))
  return 'made'
}

/** Readable by whoever the folder's volume is mounted for: services run under different accounts. */
async function write(path: string, value: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const beside = `${path}.new`
  await rm(beside, { force: true })
  {
    await using handle = await open(beside, 'wx', 0o444)
    await handle.writeFile(value)
    await handle.sync()
  }
  await rename(beside, path)
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
