// Preloaded into a repro: kills the process right before its n-th change of the file system.
import fs from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

let left = Number(process.env.KILL_AT)
const changing = [
  'appendFileSync',
  'chmodSync',
  'copyFileSync',
  'fsyncSync',
  'linkSync',
  'mkdirSync',
  'openSync',
  'renameSync',
  'rmSync',
  'rmdirSync',
  'symlinkSync',
  'unlinkSync',
  'utimesSync',
  'writeFileSync',
  'writeSync',
]
wrap(fs, changing)
wrap(promises, ['copyFile', 'cp', 'open', 'rename', 'rm', 'writeFile'])
syncBuiltinESMExports()

function wrap(module, names) {
  for (const name of names) {
    const original = module[name]
    module[name] = (...args) => {
      left--
      if (left === 0) process.kill(process.pid, 'SIGKILL')
      return original(...args)
    }
  }
}
