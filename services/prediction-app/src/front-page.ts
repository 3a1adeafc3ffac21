import type { ServedModel } from './model-slot.ts'
import { version } from './version.ts'

/** @returns plain text for who follows a link here: what this is, which model answers, and how it is asked. */
export function frontPage(served: ServedModel | undefined, whyNone: string): string {
  return `Waymark prediction app ${version}\n\n${served ? aboutModel(served) : `Model: none yet, because ${whyNone}\n`}
GET /ping      200 when a model answers
GET /health    200 while the app is well
GET /version   its version
`
}

function aboutModel({ name, version, model }: ServedModel): string {
  const { inputs } = model.signature
  const width = Math.max(...inputs.map((spec) => spec.name.length))
  const columns = inputs.map((spec) => {
    return `    ${spec.name.padEnd(width)}  ${spec.type}${spec.required ? '' : ', may be missing'}\n`
  })
  const required = inputs.filter((spec) => spec.required)
  const record = (required.length > 0 ? required : inputs).map((spec) => `${JSON.stringify(spec.name)}: <${spec.type}>`)
  return `Model: ${name}, version ${version}, predicts ${model.target}

POST /invocations   answers a prediction per row; send
    content-type: application/json
    {"dataframe_records": [{${record.join(', ')}}]}

Columns of the model:
${columns.join('')}`
}
