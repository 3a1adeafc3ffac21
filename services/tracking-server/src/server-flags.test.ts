import { expect, test } from 'vitest'
import { refusedFlags, serverFlags } from './server-flags.ts'

/** `mlflow server --help` of MLflow 3.17.2. */
const official =
  'backend-store-uri read-replica-backend-store-uri registry-store-uri default-artifact-root serve-artifacts no-serve-artifacts artifacts-only artifacts-destination host port workers static-prefix allowed-hosts cors-allowed-origins disable-security-middleware x-frame-options gunicorn-opts waitress-opts uvicorn-opts dev expose-prometheus app-name trace-archival-config secrets-cache-ttl secrets-cache-max-size workspace-store-uri enable-workspaces disable-workspaces'.split(
    ' ',
  )

test('every flag of mlflow server is taken, or refused with a reason', () => {
  const known = new Set([...serverFlags.map((flag) => flag.name as string), ...Object.keys(refusedFlags)])
  expect(official.filter((name) => !known.has(name))).toEqual([])
})
