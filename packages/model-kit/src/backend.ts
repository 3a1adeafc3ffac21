import { enableProdMode, getBackend, ready, setBackend } from '@tensorflow/tfjs-core'
import { BackendError } from './backend-error.ts'
import { transposeBeforeMatMul } from './batch-mat-mul.ts'
import { loadTensorflow } from './load-tensorflow.ts'
import type { Backend } from './model.ts'

/**
 * Makes `backend` the one that tensors of this process (or worker) are computed on.
 * @throws {BackendError | TensorflowMissingError} where it cannot be used; never takes another one instead.
 */
export async function useBackend(backend: Backend): Promise<void> {
  if (getBackend() === backend) return
  enableProdMode()
  await load[backend]()
  if (!(await setBackend(backend)))
    throw new BackendError(
      `Cannot use backend "${backend}": it does not start on this machine. Choose another training.backend`,
    )
  await ready()
}

const load: Record<Backend, () => Promise<void>> = {
  async wasm() {
    await import('@tensorflow/tfjs-backend-wasm')
    transposeBeforeMatMul()
  },
  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu')
  },
  async tensorflow() {
    loadTensorflow()
  },
}
