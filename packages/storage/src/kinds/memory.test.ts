import { describe } from 'vitest'
import { storeKeepsItsPromises } from '../../test/store-promises.ts'
import { memoryStore } from './memory.ts'

describe('memory store', () => {
  storeKeepsItsPromises(async () => memoryStore())
})
