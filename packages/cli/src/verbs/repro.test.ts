import { expect, test } from 'vitest'
import { testProject } from '../../test/project.ts'
import { configOf, toyProject } from '../../test/toy-pipeline.ts'

const untracked = { tracking: 'experiment_name: false' }

test('each stage says on one line what became of it and why, and the summary comes last', async () => {
  using project = toyProject(untracked)
  const first = await project.waymark(['repro'])
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(first.stdout).toMatch(/^ {2}│ preparing$/m)
  expect(first.stdout).toMatch(/^prep {2}ran, because it never ran before {3}\d\.\d s$/m)

  project.write('config.yaml', configOf({ ...untracked, train: 'skill: 0.95' }))
  const second = await project.waymark(['repro'])
  expect(second.stdout).toMatch(/^prep {2}unchanged$/m)
  expect(second.stdout).toMatch(/^train {2}ran, because config\.yaml train\.skill changed 0\.9 → 0\.95 {3}\d\.\d s$/m)
  expect(second.stdout).toMatch(
    /Execution summary {3}\d\.\d s\n {2}ran +2 {3}train .*, pack .*\n {2}unchanged +1 {3}prep\n/,
  )

  project.write('config.yaml', configOf({ ...untracked, train: 'skill: 0.9' }))
  const back = await project.waymark(['repro'])
  expect(back.stdout).toMatch(/^train {2}restored from cache, because config\.yaml train\.skill changed 0\.95 → 0\.9 /m)
  expect(back.stdout).not.toContain('trained to')
})

test('what a stage writes reaches its own stream', async () => {
  using project = testProject({
    'pipeline.yaml': 'stages: { talk: { cmd: "echo to stdout; echo to stderr >&2" } }',
  })
  const { stdout, stderr } = await project.waymark(['repro'])
  expect(stdout).toContain('  │ to stdout\n')
  expect(stderr).toContain('  │ to stderr\n')
})

test('after a stage that fails the later ones are not run; the summary comes before the end of its stderr', async () => {
  using project = toyProject(untracked)
  project.write('prep.sh', 'for i in $(seq 60); do echo "complaint $i" >&2; done; exit 3\n')
  const { code, stdout, stderr } = await project.waymark(['repro'])
  expect(code).toBe(1)
  expect(stdout).toMatch(/ {2}failed +1 {3}prep .*\n {2}not reached +2 {3}train, pack\n/)
  expect(stderr).toMatch(/Stage prep failed: .*exited with 3\nThe last 40 lines of its stderr:\ncomplaint 21\n/)
  expect(stderr.trimEnd().endsWith('complaint 60')).toBe(true)
})

test('Ctrl-C ends a repro that waits for another one, with no fault and the exit code of the signal', async () => {
  using project = testProject({ 'pipeline.yaml': 'stages: { long: { cmd: "echo begun; sleep 1000", outs: [o] } }' })
  const first = project.start(['repro'])
  await first.printed('begun')
  const second = project.start(['repro'])
  await second.printed('waiting for process')
  second.kill('SIGINT')
  expect(await second.ended).toMatchObject({ code: 130, stderr: expect.stringMatching(/^waiting for process .*\n$/) })
  first.kill('SIGTERM')
  expect(await first.ended).toMatchObject({ code: 143, stdout: expect.stringContaining('long  interrupted') })
})

test('tracking that is switched off is said at the end; a project that never asked for it is not told', async () => {
  using project = toyProject(untracked)
  const { stdout } = await project.waymark(['repro'])
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('not tracked: tracking.experiment_name is false')
  expect((await project.waymark(['repro', '--no-track'])).stdout).not.toContain('not tracked')
  project.write('config.yaml', project.read('config.yaml').replace(/^tracking.*\n/, ''))
  expect(await project.waymark(['repro'])).toMatchObject({
    code: 0,
    stdout: expect.not.stringContaining('not tracked'),
  })
})

test.each([
  ['a config.yaml that has no tracking section', (text: string) => text.replace(/^tracking.*\n/, '')],
  ['no config.yaml', undefined],
])('a server that is named for a project with %s is not passed over in silence', async (_how, edited) => {
  using project = testProject({ 'pipeline.yaml': 'stages: { a: { cmd: echo a } }' })
  if (edited) project.write('config.yaml', edited(configOf({})))
  const words = 'not tracked: no experiment is named, set tracking.experiment_name in config.yaml'
  const uri = 'http://127.0.0.1:1'
  for (const [flags, env] of [
    [['--tracking-uri', uri], {}],
    [[], { MLFLOW_TRACKING_URI: uri }],
  ] as const) {
    const { code, stdout } = await project.waymark(['repro', ...flags], env)
    expect({ code, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({ code: 0, last: words })
    expect((await project.waymark(['repro', '--no-track', ...flags], env)).stdout).not.toContain('not tracked')
  }
})

test('only the stages asked for are run, with what they need', async () => {
  using project = toyProject(untracked)
  const { stdout } = await project.waymark(['repro', 'train'])
  expect(stdout).toMatch(/^train {2}ran/m)
  expect(stdout).not.toContain('pack')
})

test('status says what would run and why, and runs nothing', async () => {
  using project = toyProject(untracked)
  await project.waymark(['repro'])
  project.write('data/raw.txt', 'c\nb\n')
  const { code, stdout } = await project.waymark(['status'])
  expect(code).toBe(0)
  expect(stdout).toBe(
    'prep  would run, because data/raw.txt changed\ntrain  would follow if prep changes what it reads\npack  would follow if train changes what it reads\n',
  )
  const json = JSON.parse((await project.waymark(['status', '--json'])).stdout)
  expect(json.stages[0]).toMatchObject({ name: 'prep', changed: true, changes: [{ kind: 'dep', change: 'modified' }] })
  expect(project.read('out/sorted.txt')).toBe('a\nb\n')
})

test('status does not say of a stage that waits for another one that it would run: it may be restored', async () => {
  using project = toyProject(untracked)
  const state = (raw: string, skill: number) => {
    project.write('data/raw.txt', raw)
    project.write('config.yaml', project.read('config.yaml').replace(/skill: [\d.]+/, `skill: ${skill}`))
  }
  await project.waymark(['repro'])
  state('c\nb\n', 0.8)
  await project.waymark(['repro'])
  state('b\na\n', 0.9)
  const { stdout } = await project.waymark(['status'])
  expect(stdout).toMatch(/^train {2}would run or be restored, because config.yaml train.skill changed 0.8 → 0.9$/m)
  expect((await project.waymark(['repro'])).stdout).toMatch(/^train {2}restored/m)
})

test('details of the build are left without tracking too, and stay as they are while nothing changes', async () => {
  using project = toyProject(untracked)
  await project.waymark(['repro'])
  const text = project.read('models/meta.json')
  expect(JSON.parse(text)).toMatchObject({
    name: expect.stringMatching(/^toy-skill_0\.9-[0-9a-f]{8}-[0-9a-f]{8}$/),
    version: null,
    metrics: { accuracy: 0.9 },
    params: { 'train.skill': '0.9' },
    lock: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
  await project.waymark(['repro'])
  expect(project.read('models/meta.json')).toBe(text)
})

test('a word or flag that does not exist is answered with the nearest one, and exit code 2', async () => {
  using project = toyProject(untracked)
  expect(await project.waymark(['repor'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean waymark repro?'),
  })
  expect(await project.waymark(['repro', '--forse'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean --force?'),
  })
  expect(await project.waymark(['repro', 'tarin'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('"tarin"'),
  })
  expect(await project.waymark(['status', 'tarin'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('"tarin"'),
  })
})

test('a reader that goes away stops no stage', async () => {
  using project = toyProject(untracked)
  project.write('prep.sh', `seq 100000\n${project.read('prep.sh')}`)
  const running = project.start(['repro'])
  running.closeStdout()
  expect(await running.ended).toMatchObject({ code: 0 })
  expect(project.read('model/skill.txt')).toBe('0.9')
})

test('outside of a project it says what is missing', async () => {
  using project = testProject({})
  expect(await project.waymark(['repro'])).toMatchObject({ code: 1, stderr: expect.stringContaining('pipeline.yaml') })
})
