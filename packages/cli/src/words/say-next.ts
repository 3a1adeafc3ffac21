import type { StageStatus } from '@waymark/pipeline/status'
import { because } from './say-stage.ts'

/** What a repro would do with a stage, on one line: `training  would run, because …`. */
export function sayNext({ name, next, changes, waitsFor, frozen }: StageStatus): string {
  switch (next) {
    case 'nothing':
      return `${name}  unchanged`
    case 'restore':
      return `${name}  would be restored from cache${because(changes)}`
    case 'run':
      return `${name}  would run${because(changes)}`
    case 'fail':
      return `${name}  would fail${because(changes)}${frozen ? ', and it is frozen' : ''}`
    case 'wait':
      if (changes.length > 0) return `${name}  would run or be restored${because(changes)}`
      return `${name}  would follow if ${waitsFor.join(' or ')} changes what it reads`
    default:
      return next satisfies never
  }
}
