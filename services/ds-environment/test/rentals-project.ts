import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dataPrep } from '../src/data_prep/task.ts'
import { runStage, type StageOptions } from '../src/stage.ts'
import { training } from '../src/training/task.ts'

const stages = join(import.meta.dirname, '../src')
const rentals = join(import.meta.dirname, '../../../fixtures/rentals.csv')
export const classification = {
  data: `  task: classification
  target: { column: late }
  drop: [column_1, duration_min]`,
  models: '{ majority: {}, logistic: {}, mlp: { hidden: [8], learning_rate: [0.01, 0.03], batch_size: 32 } }',
  select: '{ metric: validation_log_loss, direction: minimize }',
}
export const regression = {
  data: `  task: regression
  target: { column: duration_min }
  drop: [column_1, late]`,
  models: '{ majority: {}, linear: {}, mlp: { hidden: [8], learning_rate: 0.03, batch_size: 32 } }',
  select: '{ metric: validation_rmse, direction: minimize }',
}

type Runnable = typeof dataPrep | typeof training

/** A project in a folder of its own, with fixtures/rentals.csv as its data. */
export async function newProject({ data, models, select }: typeof classification) {
  const folder = await mkdtemp(join(tmpdir(), 'stages-'))
  const config = join(folder, 'config.yaml')
  await mkdir(join(folder, 'data'))
  await cp(rentals, join(folder, 'data', 'rentals.csv'))
  const head = 'data:\n  source: data/rentals.csv\n  separator: ";"\n'
  const search = `  epochs: 6\n  search: { kind: grid, epochs: 3 }\n  models: ${models}\n  select: ${select}\n`
  await writeFile(config, `${head}${data}\n  limits: { distance km: { above: 0 } }\ntraining:\n${search}`)
  return {
    folder,
    /** @returns what the stage wrote to the terminal. */
    async run(stage: Runnable, env: Record<string, string> = {}, more: StageOptions = {}): Promise<string> {
      let written = ''
      const options = { folder, env, out: { write: (text: string) => (written += text) }, ...more }
      // The two stages have steps of different types: each is called as itself.
      await (stage.name === 'training' ? runStage(training, options) : runStage(dataPrep, options))
      return written
    },
    runAsProgram: (name: string, env: Record<string, string> = {}) =>
      promisify(execFile)(process.execPath, [join(stages, name, 'task.ts')], {
        cwd: folder,
        env: { ...process.env, ...env },
      }),
    json: async (path: string) => JSON.parse(await readFile(join(folder, path), 'utf8')),
    edit: async (from: string, to: string) => writeFile(config, (await readFile(config, 'utf8')).replace(from, to)),
    async hashes(): Promise<Record<string, string>> {
      const files = await readdir(folder, { recursive: true, withFileTypes: true })
      const hashes = files
        .filter((file) => file.isFile())
        .map(async (file) => {
          const path = join(file.parentPath, file.name)
          const hash = createHash('md5')
            .update(await readFile(path))
            .digest('hex')
          return [path.slice(folder.length + 1), hash] as const
        })
      return Object.fromEntries(await Promise.all(hashes))
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}
