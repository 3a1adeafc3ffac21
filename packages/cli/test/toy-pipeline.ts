import { type TestProject, testProject } from './project.ts'

/**
 * Three quick stages in the shape of the real ones: `prep` sorts the data, `train` leaves metrics, history, trials and a
 * model that is as good as `train.skill` says, `pack` packs it. `prep` and `train` also say what they see of the run.
 */
export function toyProject({ tracking = 'experiment_name: toy', train = 'skill: 0.9' } = {}): TestProject {
  return testProject({
    'config.yaml': configOf({ tracking, train }),
    'data/raw.txt': 'b\na\n',
    'prep.sh': 'echo preparing\nmkdir -p out\nsort data/raw.txt > out/sorted.txt\n',
    'train.mjs': trainProgram,
    'score.mjs': scoreProgram,
    'pipeline.yaml': pipeline,
    '.gitignore': '/out/\n/model/\n/reports/\n/models/\n/.waymark/\n',
  })
}

export function configOf({ tracking = 'experiment_name: toy', train = 'skill: 0.9', serving = 'maximize' }): string {
  return `tracking: { ${tracking} }
train: { ${train} }
serving: { registered_model: toy-model, metric: accuracy, direction: ${serving} }
`
}

const pipeline = `stages:
  prep:
    cmd: sh prep.sh
    deps: [prep.sh, data/raw.txt]
    outs: [out/sorted.txt]
  train:
    cmd: node train.mjs
    deps: [train.mjs, out/sorted.txt]
    params: [{ config.yaml: [train] }]
    metrics: [reports/metrics.json]
    plots: [reports/plots]
    outs: [reports/history.csv, reports/trials.json, out/winner]
    meta:
      waymark: { history: reports/history.csv, trials: reports/trials.json }
  pack:
    cmd: mkdir -p model && cp out/winner/* model/
    deps: [out/winner]
    outs: [model]
    meta:
      waymark:
        register:
          model: model
          details: model/details.json
          train: out/sorted.txt
          test: data/raw.txt
          settings: config.yaml:serving
          score: node score.mjs
          meta: models/meta.json
`

const trainProgram = `
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
const skill = Number(/skill: ([-\\d.]+)/.exec(readFileSync('config.yaml', 'utf8'))[1])
const { MLFLOW_TRACKING_URI: uri, MLFLOW_RUN_ID: run_id } = process.env
if (uri && run_id) {
  const metrics = [{ key: 'live', value: 1, timestamp: 1, step: 0 }]
  const headers = { 'content-type': 'application/json' }
  await fetch(uri + '/api/2.0/mlflow/runs/log-batch', { method: 'POST', headers, body: JSON.stringify({ run_id, metrics }) })
}
mkdirSync('reports/plots', { recursive: true })
mkdirSync('out/winner', { recursive: true })
writeFileSync('reports/metrics.json', JSON.stringify({ accuracy: skill, nested: { loss: 1 - skill } }))
writeFileSync('reports/plots/curve.json', '{}')
writeFileSync('reports/history.csv', 'key,step,value\\nval_loss,0,1\\nval_loss,1,' + (1 - skill) + '\\n')
const trial = (name, width) => ({ name, params: { width }, metrics: { accuracy: skill }, history: [{ key: 'val_loss', step: 0, value: 1 }], status: 'FINISHED' })
writeFileSync('reports/trials.json', JSON.stringify([trial('trial 0', 32), trial('trial 1', 64)]))
writeFileSync('out/winner/skill.txt', String(skill))
writeFileSync('out/winner/details.json', JSON.stringify({ family: 'toy', params: { skill }, features: ['a', 'b'] }))
console.log('trained to ' + skill)
`

/** Half as good on any other data than its own; a model of negative skill does not take these rows at all. */
const scoreProgram = `
import { readFileSync } from 'node:fs'
const skill = Number(readFileSync(process.argv[2] + '/skill.txt', 'utf8'))
console.log(JSON.stringify(skill < 0 ? { misfit: 'column "a" is missing' } : { score: skill / 2 }))
`
