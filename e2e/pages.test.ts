import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiError } from '@waymark/client/api-error'
import { call } from '@waymark/client/call'
import { deleteExperiment } from '@waymark/contract/experiments'
import { versionTags } from '@waymark/contract/model-versions'
import { reproTags } from '@waymark/contract/repro-report'
import { logMetric, searchRuns } from '@waymark/contract/runs'
import { startTrackingServer, type TrackingServer } from '@waymark/tracking-server/server'
import { createTestDatabase } from '@waymark/tracking-server/test/test-database'
import { putArtifact, seed, seedRun } from '@waymark/web/test/seed'
import { pino } from 'pino'
import type { Request } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildWeb } from '../tools/start/build-web.ts'
import { type OpenBrowser, openBrowser } from './browser.ts'

/** Every page in a real browser, on the real server, full of runs of friendly and unfriendly shapes. */
const root = join(import.meta.dirname, '..')
const parts = new AsyncDisposableStack()
let start: (port: number) => Promise<TrackingServer>
let server: TrackingServer
let browser: OpenBrowser
const outside: string[] = []

beforeAll(async () => {
  const artifacts = await mkdtemp(join(tmpdir(), 'waymark-pages-'))
  parts.defer(() => rm(artifacts, { recursive: true, force: true }))
  const [database, opened] = await Promise.all([createTestDatabase(), openBrowser(), buildWeb(root)])
  parts.use(database)
  start = (port) => startOn(port, { backendStoreUri: database.uri, artifacts })
  server = await start(0)
  parts.defer(() => server[Symbol.asyncDispose]())
  browser = parts.use(opened)
  browser.page.setDefaultTimeout(10_000)
  browser.context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (origin !== new URL(server.url).origin && protocol !== 'data:' && protocol !== 'blob:')
      outside.push(request.url())
  })
}, 120_000)

afterAll(() => parts.disposeAsync())

afterEach(() => {
  expect(browser.faults.splice(0)).toEqual([])
  expect(outside.splice(0)).toEqual([])
})

test('a server without experiments says how to make the first one', async () => {
  await call(server.url, deleteExperiment, { experiment_id: '0' })
  const page = await open('/')
  await page.getByText('No experiments yet').waitFor()
  await page.getByText('npm run repro', { exact: true }).waitFor()
})

test('the first page brings less than 300 KiB of scripts, compressed where the browser takes it', async () => {
  const html = await (await fetch(server.url)).text()
  const scripts = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path)
  expect(scripts.length).toBeGreaterThan(1)
  let bytes = 0
  for (const path of scripts) {
    const reply = await fetch(`${server.url}/${path}`, { headers: { 'accept-encoding': 'gzip' } })
    expect(reply.headers.get('content-encoding')).toBe('gzip')
    expect(reply.headers.get('content-type')).toMatch(/^text\/(javascript|css)/)
    if (path?.endsWith('.js')) bytes += Number(reply.headers.get('content-length'))
    const plain = await fetch(`${server.url}/${path}`, { headers: { 'accept-encoding': 'identity' } })
    expect(plain.headers.get('content-encoding')).toBeNull()
    const words = await plain.text()
    expect(words).toBe(await reply.text())
    expect(words).not.toContain('jsxDEV') // of the development build: larger and slower
  }
  expect(bytes).toBeLessThan(300 * 1024)
})

describe('with runs', () => {
  let seeded: Awaited<ReturnType<typeof seed>>

  beforeAll(async () => {
    seeded = await seed(server.url)
  }, 60_000)

  const diamonds = (rest = '') => `/experiments/${seeded.diamonds}${rest}`
  const runPage = (run: 'first' | 'second' | 'failed' | 'live', rest = '') =>
    diamonds(`/runs/${seeded[run].run_id}${rest}`)

  test('the experiments stand in a table with their runs, and a name typed leaves those that have it', async () => {
    const page = await open('/')
    const row = page.getByRole('row', { name: /^many runs/ })
    await row.getByText('350', { exact: true }).waitFor()
    await page.getByRole('textbox', { name: 'Search experiments' }).fill('diam')
    await page.getByText('1 of 4 experiments shown').waitFor()
    expect(await row.count()).toBe(0)
    await page.getByRole('link', { name: 'diamonds' }).click()
    await page.getByRole('heading', { name: 'diamonds' }).waitFor()
  })

  test('an experiment without runs says how to make the first one', async () => {
    const page = await open(`/experiments/${seeded.empty}`)
    await page.getByText('No runs yet').waitFor()
    await page.getByText('npm run repro', { exact: true }).waitFor()
  })

  test("the run's own result stands before a baseline's, digits under digits, and a diagnostic has no best", async () => {
    const page = await open(diamonds('?cols=metrics.test_accuracy,metrics.shapley_additivity_error'))
    const row = page.getByRole('row', { name: /repro-2026-11-21-1/ })
    await row.getByText('0.9364').waitFor()
    expect(await row.getByRole('img', { name: 'best' }).count()).toBe(1)
    await open(diamonds())
    const headers = page.getByRole('columnheader')
    await headers.filter({ hasText: 'test_accuracy' }).first().waitFor()
    const words = await headers.allInnerTexts()
    expect(words.slice(4, 6)).toEqual(['test_accuracy', 'val_accuracy'])
    expect(words).not.toContain('majority_test_accuracy')
  })

  test('the param that was changed is in sight at 1360 px, beside the results', async () => {
    await browser.page.setViewportSize({ width: 1360, height: 900 })
    const page = await open(diamonds())
    const header = page.getByRole('columnheader', { name: 'training.epochs' })
    await header.waitFor()
    const box = await header.boundingBox()
    expect((box?.x ?? 1360) + (box?.width ?? 0)).toBeLessThan(1360)
  })

  test('a run whose training was copied from an earlier one is marked as replayed in the table too', async () => {
    await seedRun(server.url, seeded.single, { name: 'copied', tags: { [reproTags.replayed]: 'training' } })
    const page = await open(`/experiments/${seeded.single}`)
    const mark = page.getByText('replayed', { exact: true })
    expect(await mark.getAttribute('title')).toMatch(/^Its training was not run again/)
    expect(await mark.count()).toBe(1)
    await page.getByRole('link', { name: 'copied' }).click()
    await page.getByRole('heading', { name: 'copied' }).waitFor()
    await mark.waitFor()
  })

  test('a version of a model says by which metric and score it was promoted, before its other tags', async () => {
    const page = await open('/models/diamonds')
    const row = page.getByRole('row', { name: /repro-2026-11-21-1/ })
    await row.getByRole('cell', { name: 'test_accuracy 0.9364' }).waitFor()
    expect(await row.getByText(versionTags.score).count()).toBe(0)
    await row.getByTitle(`${versionTags.ruleName}: mlp-repro-2026-11-21-1`).waitFor()
  })

  test('names of files that differ at their end only are told apart in the tree', async () => {
    const names = ['carat', 'clarity'].map((feature) => `partial_dependence_of_the_probability_${feature}.png`)
    const files = Object.fromEntries(names.map((name) => [name, '']))
    const run = await seedRun(server.url, seeded.single, { name: 'plots', files })
    const page = await open(`/experiments/${seeded.single}/runs/${run.run_id}?tab=artifacts`)
    for (const name of names) {
      const words = page.getByTitle(name).getByText(name)
      await words.waitFor()
      expect(await words.evaluate((box) => box.scrollWidth - box.clientWidth)).toBeLessThanOrEqual(0)
    }
  })

  test('a filter leaves the runs that match; one that is refused shows what the server says about it', async () => {
    const page = await open(diamonds())
    const filter = page.getByRole('textbox', { name: 'Filter runs' })
    await filter.fill('metrics.test_accuracy > 0.935')
    await filter.press('Enter')
    await page.getByText('1 of 1 top-level run shown').waitFor()
    await page.getByRole('link', { name: 'repro-2026-11-21-1' }).waitFor()
    const refused = 'metrics.test_accuracy >>> 1'
    const refusal: unknown = await call(server.url, searchRuns, {
      experiment_ids: [seeded.diamonds],
      filter: refused,
    }).catch((error: unknown) => error)
    await filter.fill(refused)
    await filter.press('Enter')
    await page.getByText('The server did not understand the filter').waitFor()
    expect(refusal).toBeInstanceOf(ApiError)
    await page
      .getByRole('main')
      .getByText((refusal as ApiError).message)
      .first()
      .waitFor() // checked the line above
    expect(statusesOf(browser.faults.splice(0))).toEqual(new Set(['400']))
  })

  test('a refused filter is told in the words that were typed, with the place, and without what the table adds', async () => {
    const page = await open(diamonds('?q=metrics.loss > 1 andd metrics.val_loss > 2'))
    await page.getByText(/'andd' \(at character 18\)$/).waitFor()
    await open(diamonds("?q=params.a = 'x"))
    await page.getByText(/Invalid clause/).waitFor()
    expect(await page.getByText('parentRunId').count()).toBe(0)
    expect(statusesOf(browser.faults.splice(0))).toEqual(new Set(['400']))
  })

  test('child runs that match a filter too are counted under the list, and shown on demand', async () => {
    const page = await open(diamonds('?q=metrics.val_accuracy >= 0.9'))
    await page.getByRole('link', { name: 'repro-2026-11-21-1', exact: true }).waitFor()
    await page.getByRole('button', { name: '24 child runs match too: show flat' }).click()
    await page.getByRole('link', { name: 'trial-11', exact: true }).first().waitFor()
  })

  test('of hundreds of columns only those in sight are in the page, and scrolling brings the others', async () => {
    const columns = Array.from({ length: 200 }, (_, i) => `metrics.m${i}`)
    const page = await open(`/experiments/${seeded.many}?cols=${columns}`)
    const headers = page.getByRole('columnheader')
    await headers.filter({ hasText: /^m0$/ }).waitFor()
    expect(await headers.count()).toBeLessThan(30)
    await page.getByRole('table', { name: 'Runs' }).evaluate((table) => {
      if (table.parentElement) table.parentElement.scrollLeft = table.scrollWidth
    })
    await headers.filter({ hasText: /^m199$/ }).waitFor()
    expect(await headers.count()).toBeLessThan(30)
    expect(await page.getByRole('link', { name: 'sweep-349' }).isVisible()).toBe(true)
  })

  test('back leads to the place in a long list from where one left', async () => {
    const page = await open(`/experiments/${seeded.many}`)
    await page.getByRole('link', { name: 'sweep-349' }).waitFor()
    await page.getByRole('table', { name: 'Runs' }).evaluate((table) => table.parentElement?.scrollBy(0, 1000))
    await page.getByRole('link', { name: 'sweep-310' }).click()
    await page.getByRole('heading', { name: 'sweep-310' }).waitFor()
    await page.goBack()
    await page.getByRole('link', { name: 'sweep-310' }).waitFor()
    expect(await page.getByRole('link', { name: 'sweep-349' }).count()).toBe(0)
  })

  test('a list that was scrolled away from the run that the keys are at stays there when more runs come', async () => {
    const page = await open(`/experiments/${seeded.many}`)
    await page.getByRole('link', { name: 'sweep-349' }).waitFor()
    await page.keyboard.press('j')
    const table = page.getByRole('table', { name: 'Runs' })
    await table.locator('.is-cursor').waitFor()
    await page.getByText('100 of 350 top-level runs shown').waitFor()
    await table.evaluate((element) => element.parentElement?.scrollBy(0, 2400))
    await page.getByText('150 of 350 top-level runs shown').waitFor()
    expect(await table.evaluate((element) => element.parentElement?.scrollTop)).toBe(2400)
  })

  test('the keys count right after a run was selected with the mouse, and Esc in a dialog leaves the selection', async () => {
    const page = await open(diamonds())
    await page.getByRole('checkbox', { name: 'Select run repro-2026-11-21-1' }).click()
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.getByRole('link', { name: 'Compare (2)' }).waitFor()
    await page.getByRole('button', { name: 'How to filter' }).click()
    await page.getByText('OR, NOT and parentheses work').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('OR, NOT and parentheses work').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Compare (2)' }).waitFor()
    await page.keyboard.press('c')
    await page.getByRole('heading', { name: '2 runs compared' }).waitFor()
  })

  test('a thousand selected runs make an address that opens', async () => {
    const ids = Array.from({ length: 1000 }, (_, i) => i.toString(16).padStart(32, '0'))
    const page = await open(diamonds(`?select=${ids}`))
    await page.getByRole('link', { name: 'Compare (1000)' }).waitFor()
  })

  test('a header pressed sorts by its column, pressed again turns round, and the address keeps it', async () => {
    const page = await open(`/experiments/${seeded.many}`)
    const firstRun = page.getByRole('row').nth(1)
    await page.getByRole('button', { name: 'test_accuracy' }).click()
    await firstRun.getByText('0.8990').waitFor()
    await page.getByRole('button', { name: 'test_accuracy' }).click()
    await firstRun.getByText('0.8000').waitFor()
    expect(new URL(page.url()).searchParams.get('sort')).toBe('metrics.test_accuracy')
    await page.reload()
    await firstRun.getByText('0.8000').waitFor()
  })

  test('child runs open right under their parent, and close again', async () => {
    const page = await open(diamonds())
    await page.getByRole('button', { name: 'Show 12 child runs of repro-2026-11-21-1' }).click()
    await page.getByRole('link', { name: 'trial-11', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Hide 12 child runs of repro-2026-11-21-1' }).click()
    await page.getByRole('link', { name: 'trial-11', exact: true }).waitFor({ state: 'detached' })
  })

  test('two runs that are selected compare by what differs, and all of it on demand', async () => {
    const page = await open(diamonds())
    for (const name of ['repro-2026-11-20-1', 'repro-2026-11-21-1']) {
      await page.getByRole('checkbox', { name: `Select run ${name}` }).click()
    }
    await page.getByRole('link', { name: 'Compare (2)' }).click()
    const table = page.getByRole('table', { name: 'Comparison' })
    await table.getByRole('row', { name: /^training\.epochs 40 20|^training\.epochs 20 40/ }).waitFor()
    expect(await table.getByRole('row', { name: /^training\.batch_size/ }).count()).toBe(0)
    await page.getByRole('switch', { name: 'Differences only' }).click()
    await table.getByRole('row', { name: /^training\.batch_size 256 256/ }).waitFor()
  })

  test('hundreds of runs to compare are asked for together, not one by one', async () => {
    const { runs } = await call(server.url, searchRuns, { experiment_ids: [seeded.many], max_results: 250 })
    const asked: string[] = []
    const note = (request: Request) => void asked.push(new URL(request.url()).pathname)
    browser.page.on('request', note)
    const page = await open(`/compare?runs=${runs.map(({ info }) => info.run_id)}`)
    await page.getByRole('heading', { name: '250 runs compared' }).waitFor()
    await page.getByRole('table', { name: 'Comparison' }).getByText('sweep-349').first().waitFor()
    browser.page.off('request', note)
    expect(asked.filter((path) => path.endsWith('/runs/get')).length).toBeLessThan(5)
    expect(asked.filter((path) => path.endsWith('/runs/search'))).toHaveLength(3)
  })

  test('compared runs stand in the order of their start, the first is the baseline, whatever was selected first', async () => {
    const page = await open(`/compare?runs=${seeded.second.run_id},${seeded.first.run_id}`)
    const headers = page.getByRole('table', { name: 'Comparison' }).getByRole('columnheader')
    await headers.getByRole('link').first().waitFor()
    expect(await headers.getByRole('link').allInnerTexts()).toEqual(['repro-2026-11-20-1', 'repro-2026-11-21-1'])
    await headers.nth(1).getByText('baseline', { exact: true }).waitFor()
  })

  test('notes are shown as they were written, never as HTML', async () => {
    const note = '# Why\n<b>because</b>'
    const run = await seedRun(server.url, seeded.single, { name: 'noted', tags: { 'mlflow.note.content': note } })
    const page = await open(`/experiments/${seeded.single}/runs/${run.run_id}`)
    await page.getByRole('region', { name: 'Notes' }).getByText('<b>because</b>').waitFor()
  })

  test('an image that is none is said to be damaged', async () => {
    await putArtifact(server.url, seeded.second, 'broken.png', 'no image')
    const page = await open(runPage('second', '?tab=artifacts&path=broken.png'))
    await page.getByText('No browser can draw this').waitFor()
  })

  test('each tab of a run is reached by its name and shows what it is called', async () => {
    const page = await open(runPage('second'))
    await page.getByRole('table', { name: 'Metrics' }).getByText('0.9364').waitFor()
    const inTab: readonly (readonly [
      tab: string,
      role: 'img' | 'region' | 'button' | 'table' | 'link',
      name: RegExp,
    ])[] = [
      ['Charts', 'region', /^Chart of val_loss/],
      ['Pipeline', 'region', /^Stage training/],
      ['Artifacts', 'button', /environment\.json/],
      ['Model', 'table', /./],
      ['Children (12)', 'link', /^trial-0$/],
    ]
    for (const [tab, role, name] of inTab) {
      await page.getByRole('tab', { name: tab }).click()
      await page.getByRole('tabpanel').getByRole(role, { name }).first().waitFor()
    }
  })

  test("a stage's tracked params stand one by one under their dotted keys", async () => {
    const page = await open(runPage('second', '?tab=pipeline&stage=training'))
    const params = page.getByRole('table', { name: 'Tracked params of config.yaml' })
    await params.getByRole('row', { name: 'training.models.mlp.hidden [[64],[64,64],[128,64]]' }).waitFor()
    const key = params.getByRole('rowheader', { name: 'training.epochs' })
    expect((await key.boundingBox())?.width).toBeGreaterThan(150)
  })

  test('a stage that failed says so, why, and what it wrote last', async () => {
    const page = await open(runPage('failed'))
    await page.getByText(/^training failed after .*, exit code 1$/).waitFor()
    await page.getByRole('link', { name: 'What it said' }).click()
    const panel = page.getByRole('region', { name: 'Stage training' })
    await panel.getByText(/exited with 1/).waitFor()
    await panel.getByText(/holds one class only/).waitFor()
    await page.getByText('explainability', { exact: true }).click()
    await page.getByText('Not reached: training failed before it.').waitFor()
  })

  test('tags for programs are not in the list, and are found by a search', async () => {
    const page = await open(runPage('second'))
    const tags = page.getByRole('region', { name: 'Tags' })
    await tags.getByText('1 more, for programs').waitFor()
    expect(await tags.getByText('waymark.request').count()).toBe(0)
    await page.goto(`${server.url}${diamonds()}`)
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('textbox', { name: 'Search columns' }).fill('waymark.req')
    await page.getByRole('checkbox', { name: 'waymark.request' }).waitFor()
  })

  test("a running run's chart gets a point that is logged now, without a reload", async () => {
    const page = await open(runPage('live', '?tab=charts'))
    await page.getByRole('img', { name: /^loss: .* at step 5$/ }).waitFor()
    await page.evaluate(() => Object.assign(window, { stillHere: true }))
    await call(server.url, logMetric, {
      run_id: seeded.live.run_id,
      key: 'loss',
      value: 0.125,
      timestamp: Date.now(),
      step: 6,
    })
    await page.getByRole('img', { name: /^loss: .* 0\.1250 at step 6$/ }).waitFor()
    expect(await page.evaluate(() => 'stillHere' in window)).toBe(true)
  })

  test('a run that is not there is said to be missing, with a way back', async () => {
    const page = await open(diamonds(`/runs/${'0'.repeat(32)}`))
    await page.getByText(`There is no run ${'0'.repeat(32)}`).waitFor()
    expect(statusesOf(browser.faults.splice(0))).toEqual(new Set(['404']))
    await page.getByRole('link', { name: 'All experiments', exact: true }).click()
    await page.getByRole('heading', { name: 'Experiments' }).waitFor()
  })

  test('when the server is gone the page says so, and goes on by itself once it is back', async () => {
    const page = await open(diamonds())
    await page.getByRole('link', { name: 'repro-2026-11-21-1' }).waitFor()
    const { port } = server
    await server[Symbol.asyncDispose]()
    const filter = page.getByRole('textbox', { name: 'Filter runs' })
    await filter.fill("attributes.status = 'FAILED'")
    await filter.press('Enter')
    await page.getByText('Cannot load the runs').waitFor()
    await page.getByText('The server did not answer. Is it running?').waitFor()
    await page.getByText(/The server does not answer/).waitFor()
    server = await start(port)
    await page.getByRole('link', { name: 'repro-2026-11-21-2' }).waitFor()
    await page.getByText(/The server does not answer/).waitFor({ state: 'detached' })
    expect(browser.faults.splice(0).filter((fault) => !fault.includes('net::ERR_'))).toEqual([])
  })

  test('a tab that was opened before the pages were updated says so, and loads again', async () => {
    const page = await open('/')
    await page.route('**/assets/page-*.js', (route) => route.abort())
    await page.getByRole('link', { name: 'diamonds' }).click()
    await page.getByText('A part of the page did not load').waitFor()
    await page.unroute('**/assets/page-*.js')
    await page.getByRole('button', { name: 'Load the page again' }).click()
    await page.getByRole('heading', { name: 'diamonds' }).waitFor()
    browser.faults.splice(0)
  })

  test('in the dark scheme every page is light on dark', async () => {
    const page = await open('/')
    await page.emulateMedia({ colorScheme: 'dark' })
    for (const path of ['/', diamonds(), runPage('second'), runPage('failed', '?tab=pipeline')]) {
      await open(path)
      await page.getByRole('heading').first().waitFor()
      const { text, ground } = await page.evaluate(() => {
        const { color, backgroundColor } = getComputedStyle(document.body)
        return { text: color, ground: backgroundColor }
      })
      expect(brightness(text)).toBeGreaterThan(200)
      expect(brightness(ground)).toBeLessThan(40)
    }
    await page.emulateMedia({ colorScheme: 'light' })
  })

  test('at 375 px no page is wider than the screen, and runs are cards', async () => {
    const { page } = browser
    const before = page.viewportSize() ?? { width: 1360, height: 900 }
    await page.setViewportSize({ width: 375, height: 812 })
    const compare = `/compare?runs=${seeded.first.run_id},${seeded.second.run_id}`
    const tabs = ['', '?tab=charts', '?tab=pipeline', '?tab=artifacts', '?tab=model', '?tab=children']
    for (const path of ['/', diamonds(), compare, ...tabs.map((tab) => runPage('second', tab))]) {
      await open(path)
      await page.locator('main :is(h1, h2, table, ul, section)').first().waitFor()
      const tooWide = await page.evaluate(() => {
        const content = document.querySelector('#content')
        return Math.max(
          document.body.scrollWidth - innerWidth,
          (content?.scrollWidth ?? 0) - (content?.clientWidth ?? 0),
        )
      })
      expect(tooWide, path).toBeLessThanOrEqual(0)
    }
    await open(diamonds())
    await page.getByRole('list', { name: 'Runs' }).getByRole('link', { name: 'repro-2026-11-21-1' }).waitFor()
    await page.setViewportSize(before)
  })
})

async function open(path: string) {
  await browser.page.goto(`${server.url}${path}`)
  return browser.page
}

function startOn(port: number, { backendStoreUri, artifacts }: { backendStoreUri: string; artifacts: string }) {
  return startTrackingServer({
    host: '127.0.0.1',
    port,
    backendStoreUri,
    artifactsDestination: artifacts,
    defaultArtifactRoot: 'mlflow-artifacts:/',
    serveArtifacts: true,
    artifactsOnly: false,
    staticPrefix: '',
    webDir: join(root, 'web/dist'),
    log: pino({ level: 'warn' }),
  })
}

/** @returns what the server answered where the browser reports a failed request; of any other fault, the fault. */
function statusesOf(faults: readonly string[]): Set<string> {
  return new Set(faults.map((fault) => /the server responded with a status of (\d+)/.exec(fault)?.[1] ?? fault))
}

/** @returns the mean of the channels of `rgb(r, g, b)`, 0–255. */
function brightness(color: string): number {
  const channels = (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number)
  return channels.reduce((sum, channel) => sum + channel, 0) / 3
}
