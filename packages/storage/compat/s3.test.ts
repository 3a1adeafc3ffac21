import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { openStore } from '../src/open-store.ts'
import { storeKeepsItsPromises } from '../test/store-promises.ts'

/** `http://key:secret@host:port` of a real S3 server; `npm run test:compat` starts one. */
const server = process.env['WAYMARK_TEST_S3']
if (!server)
  throw new Error('Cannot test the s3 store: set WAYMARK_TEST_S3=http://key:secret@host:port of an S3 server')

describe('s3 store', () => {
  const { username, password, origin } = new URL(server)
  const env = {
    AWS_ACCESS_KEY_ID: username,
    AWS_SECRET_ACCESS_KEY: password,
    AWS_ENDPOINT_URL: origin,
    AWS_REGION: 'us-east-1',
  }
  storeKeepsItsPromises(() => openStore(`s3://waymark-test/${randomUUID()}/below`, { env }))
})
