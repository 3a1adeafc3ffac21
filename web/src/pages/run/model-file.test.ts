import { expect, test } from 'vitest'
import { parseModelFile } from './model-file.ts'

test('what a model takes and gives is read from its MLmodel file', () => {
  const model = parseModelFile(`
flavors:
  python_function: {loader_module: mlflow.sklearn}
  sklearn: {}
model_size_bytes: 2048
signature:
  inputs: '[{"type": "double", "name": "carat", "required": true}, {"type": "string", "name": "cut", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
`)
  expect(model).toEqual({
    flavors: ['python_function', 'sklearn'],
    sizeBytes: 2048,
    inputs: [
      { name: 'carat', type: 'double', isRequired: true },
      { name: 'cut', type: 'string', isRequired: false },
    ],
    outputs: [{ name: undefined, type: 'int64[-1]', isRequired: true }],
  })
})

test('a model without a signature has none, and a file that is no MLmodel is not read as one', () => {
  expect(parseModelFile('flavors: {}\n')?.inputs).toBeUndefined()
  expect(parseModelFile('{ broken')).toBeUndefined()
})
