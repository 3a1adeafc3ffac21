import { execFile } from 'node:child_process'
import { access, constants, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

const run = promisify(execFile)

export interface OpenBrowser extends AsyncDisposable {
  readonly page: Page
  readonly context: BrowserContext
  /** What went wrong in the page so far: uncaught errors, console errors, refused requests of the content policy. */
  readonly faults: string[]
}

export interface BrowserOptions {
  readonly width?: number
  readonly height?: number
  readonly colorScheme?: 'light' | 'dark'
}

/**
 * A headless browser with one page: the system's Chrome or Chromium, else the Chromium of the npm package
 * `@sparticuz/chromium`, which is unpacked once into the temp folder.
 */
export async function openBrowser(options: BrowserOptions = {}): Promise<OpenBrowser> {
  const { width = 1360, height = 900, colorScheme = 'light' } = options
  const { executablePath, env } = (await systemBrowser()) ?? (await packagedBrowser())
  const browser = await chromium.launch({
    executablePath,
    env: { ...process.env, ...env },
    // Test machines are often containers where the account is root and /dev/shm is small.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--font-render-hinting=none'],
  })
  const context = await browser.newContext({ viewport: { width, height }, colorScheme })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${message.text()} (${message.location().url})`)
  })
  return { page, context, faults, [Symbol.asyncDispose]: () => browser.close() }
}

interface BrowserProgram {
  readonly executablePath: string
  readonly env: Readonly<Record<string, string>>
}

async function systemBrowser(): Promise<BrowserProgram | undefined> {
  const names = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome']
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const places = [
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ]
  for (const executablePath of places) if (await canRun(executablePath)) return { executablePath, env: {} }
  return undefined
}

async function packagedBrowser(): Promise<BrowserProgram> {
  const packageFolder = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..')
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string } // npm requires it
  const folder = join(tmpdir(), `waymark-chromium-${version}`)
  const executablePath = join(folder, 'chromium')
  if (!(await canRun(executablePath))) await unpack(packageFolder, folder)
  const env = { FONTCONFIG_PATH: join(folder, 'fonts'), ...(await missingLibraries(executablePath, folder)) }
  return { executablePath, env }
}

/** Unpacks beside and renames, so that another process sees all of it or nothing. */
async function unpack(packageFolder: string, folder: string): Promise<void> {
  const beside = await mkdtemp(`${folder}-`)
  const from = (name: string) => JSON.stringify(join(packageFolder, 'bin', name))
  // The package unpacks into the temp folder and into no other: a process of its own gets another one.
  const program = `
    const { inflate } = await import(${JSON.stringify(join(packageFolder, 'build/index.js'))})
    for (const file of [${['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br'].map(from).join()}]) await inflate(file)`
  try {
    await run(process.execPath, ['--input-type=module', '-e', program], { env: { ...process.env, TMPDIR: beside } })
    await writeFonts(beside, folder)
    await rename(beside, folder)
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    if (!(await canRun(join(folder, 'chromium')))) throw error // else another process was faster
  }
}

/** The package's own fontconfig names folders of a cloud service only. */
async function writeFonts(beside: string, folder: string): Promise<void> {
  await mkdir(join(beside, 'fonts'), { recursive: true })
  const config = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`
  await writeFile(join(beside, 'fonts', 'fonts.conf'), config)
}

/** The package holds copies of the libraries (NSS, NSPR, …) that a bare machine lacks; they are used only there. */
async function missingLibraries(executablePath: string, folder: string): Promise<Record<string, string>> {
  if (process.platform !== 'linux') return {}
  const { stdout } = await run('ldd', [executablePath]).catch(() => ({ stdout: 'not found' }))
  if (!stdout.includes('not found')) return {}
  const own = join(folder, 'al2023', 'lib')
  return { LD_LIBRARY_PATH: [own, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(delimiter) }
}

async function canRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
