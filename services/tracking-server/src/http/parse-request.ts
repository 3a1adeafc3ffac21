import { z } from 'zod'
import { invalid, type MlflowError, missingParameter, shown } from './mlflow-error.ts'

/** @returns `fields` as the schema has them. @throws {MlflowError} 400 in MLflow's words for the first fault. */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  fields: Record<string, unknown>,
): z.output<Schema> {
  const parsed = schema.safeParse(snakeCased(schema, fields))
  if (parsed.success) return parsed.data
  throw faultOf(parsed.error, fields)
}

/** @returns the query as fields: a repeated parameter is a list where the schema has one, else its first value counts. */
export function queryFields(schema: z.ZodType, query: URLSearchParams): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null)
  const shape = schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {}
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name)
    const type = shape[name] ?? shape[snake(name)]
    fields[name] = type && isRepeated(type) ? values : isBoolean(type) ? boolean(name, values[0]) : values[0]
  }
  return fields
}

const repeatedTypes = new WeakMap<z.ZodType, boolean>()

function isRepeated(type: z.ZodType): boolean {
  const known = repeatedTypes.get(type)
  if (known !== undefined) return known
  const takesList = type.safeParse([]).success
  repeatedTypes.set(type, takesList)
  return takesList
}

function isBoolean(type: z.ZodType | undefined): boolean {
  return type?.safeParse(true).success === true && !type.safeParse('x').success
}

function boolean(name: string, text: string | undefined): boolean {
  if (/^true$/i.test(text ?? '')) return true
  if (/^false$/i.test(text ?? '')) return false
  throw invalid(`Invalid value ${shown(text)} for parameter '${name}' supplied: expected true or false`)
}

/** Protobuf's JSON also takes a field under its camelCase name. */
function snakeCased(schema: z.ZodType, fields: Record<string, unknown>): Record<string, unknown> {
  if (!(schema instanceof z.ZodObject)) return fields
  const shape = schema.shape as Record<string, unknown>
  let renamed: Record<string, unknown> | undefined
  for (const name of Object.keys(fields)) {
    const known = snake(name)
    if (known === name || name in shape || !(known in shape) || Object.hasOwn(fields, known)) continue
    renamed ??= { ...fields }
    renamed[known] = fields[name]
  }
  return renamed ?? fields
}

function snake(name: string): string {
  return /[A-Z]/.test(name) ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : name
}

function faultOf(error: z.ZodError, fields: Record<string, unknown>): MlflowError {
  const issue = error.issues[0]
  const path = issue?.path ?? []
  const value = path.reduce<unknown>(
    (at, key) => (at !== null && typeof at === 'object' ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    fields,
  )
  const name = nameOf(path)
  if (value === undefined || value === null || (value === '' && issue?.code !== 'custom')) return missingParameter(name)
  const reason = wordsOf(issue)
  return invalid(
    `Invalid value ${shown(value)} for parameter '${name}' supplied:  Hint: Value was of type '${pythonType(value)}'. ` +
      `See the API docs for more information about request parameters.${reason}`,
  )
}

/** What is allowed, as a sentence behind MLflow's own words; `''` where the schema says nothing of use. */
function wordsOf(issue: z.core.$ZodIssue | undefined): string {
  const isVague = issue?.code === 'invalid_union' && issue.message === 'Invalid input'
  const text = (isVague ? deepest(issue.errors.flat())?.message : issue?.message) ?? ''
  const reason = text.replace(/^Invalid \w+: /, '').replace(/, received \w+$/, '')
  return reason === '' || reason === 'Invalid input' ? '' : ` ${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`
}

function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  return issues.find((issue) => issue.code !== 'invalid_type') ?? issues[0]
}

/** `metrics[0].timestamp` */
function nameOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('')
}

/** The types by the names that MLflow's messages use. */
function pythonType(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'str'
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float'
    case 'boolean':
      return 'bool'
    default:
      return Array.isArray(value) ? 'list' : 'dict'
  }
}
