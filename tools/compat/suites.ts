import { dvc } from './dvc.ts'
import { mlflowClient } from './mlflow-client.ts'
import { s3Store } from './s3-store.ts'
import type { Suite } from './suite.ts'

export const suites: readonly Suite[] = [mlflowClient, s3Store, dvc]
