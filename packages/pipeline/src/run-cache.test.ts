import { md5Of } from '@waymark/content-store/digest'
import { expect, test } from 'vitest'
import type { LockEntry } from './lock-entry.ts'
import { runKey, runValue } from './run-cache.ts'
import type { Key, Value } from './values.ts'

const script = 'open("out", "w+").write("out"); '
const file = (path: string, content: string) => ({ path, md5: md5Of(content), size: content.length })

// Keys and values that DVC 3.67 computes for the same stages.
test('keys and values of the run cache are those of DVC', () => {
  const plain: LockEntry = {
    cmd: 'python script.py',
    deps: [file('script.py', script), file('dep', 'dep')],
    params: new Map(),
    outs: [file('out', 'out')],
  }
  expect(runKey(plain)).toBe('c7a85d71de1912c43d9c5b6218c71630d6277e8fc11e4ccf5e12b3c202234838')
  expect(runValue(plain)).toBe('5e2824029f8da9ef6c57131a638ceb65f27c02f16c85d71e85671c27daed0501')
})

test('params are part of the key, whatever file they come from', () => {
  const entry: LockEntry = {
    cmd: 'python script.py',
    deps: [],
    params: new Map([
      ['params.yaml', values({ foo: 1n, bar: 2n })],
      ['myparams.yaml', values({ baz: 3n, qux: 4n })],
    ]),
    outs: [file('out', 'out')],
  }
  expect(runKey(entry)).toBe('8fdb377d1b4c0a303b788771b122dfba9bbbbc43f14ce41d35715cf4fea08459')
  expect(runValue(entry)).toBe('9ce1963a69beb1299800188647cd960b7afff101be19fd46226e32bb8be8ee44')
})

test('paths count as the stage writes them, from its working folder', () => {
  const entry: LockEntry = {
    cmd: 'python ../script.py',
    deps: [file('../dep', 'dep'), file('../script.py', script)],
    params: new Map(),
    outs: [file('out', 'out')],
  }
  expect(runKey(entry)).toBe('6ad5cce3347e9e96c77d4353d84e5c8cae8c9151c486c4ea3d3d79e9051800f1')
  expect(runValue(entry)).toBe('1fa3e1a9f785f8364ad185d62bd0813ce8794afcfc79410e985eac0443cc5462')
})

test('numbers keep their kind and Python form in the key', () => {
  const params = values({
    i: 1n,
    f: 1,
    e: 1e-5,
    b: true,
    n: null,
    s: 'é',
    l: [1n, 2.5],
    d: values({ z: 1n, a: 2n }),
    big: 1e16,
    neg: -0,
    big2: 123456789012345680,
  })
  const entry: LockEntry = {
    cmd: 'x',
    deps: [file('a', 'a')],
    params: new Map([['params.yaml', params]]),
    outs: [{ path: 'o' }],
  }
  expect(runKey(entry)).toBe('b784d40ea067ddc61dbba0f225577000e07aad1c3de5248d8ba20937e3136ba0')
})

test('a param called size does not count, as in DVC', () => {
  const withSize = (size: bigint): LockEntry => ({
    cmd: 'x',
    deps: [],
    params: new Map([['params.yaml', values({ m: new Map<Key, Value>([['size', size]]) })]]),
    outs: [{ path: 'o' }],
  })
  expect(runKey(withSize(1n))).toBe(runKey(withSize(2n)))
})

function values(fields: Record<string, Value>): Map<string, Value> {
  return new Map(Object.entries(fields))
}
