import { z } from 'zod'
import type { ModelFiles } from './families/family.ts'
import { ModelFileError } from './model-file-error.ts'

/** One layer: activation(inputs · kernel + bias). */
export interface DenseLayer {
  /** [inputs, units] */
  readonly kernel: Float32Array
  /** [units] */
  readonly bias: Float32Array
  readonly inputs: number
  readonly units: number
  readonly activation: Activation
}

export type Activation = 'relu' | 'softmax' | 'linear'

const weightsFile = 'weights.bin'

const ModelJson = z.object({
  modelTopology: z.object({
    model_config: z.object({
      config: z.object({
        layers: z.array(
          z.object({
            class_name: z.literal('Dense'),
            config: z.object({ activation: z.enum(['relu', 'softmax', 'linear']) }),
          }),
        ),
      }),
    }),
  }),
  weightsManifest: z.tuple([
    z.object({ weights: z.array(z.object({ shape: z.array(z.int().min(1)), dtype: z.literal('float32') })) }),
  ]),
})

/**
 * The files of a network in the layout of TensorFlow.js' layers models (tfjs-layers 4.22: Keras topology, weights manifest),
 * so that `tf.loadLayersModel` reads them too.
 */
export function denseNetworkFiles(layers: readonly DenseLayer[]): ModelFiles {
  const name = (index: number) => `dense_${index + 1}`
  const topology = layers.map(({ units, activation, inputs }, index) => ({
    class_name: 'Dense',
    config: {
      name: name(index),
      units,
      activation,
      use_bias: true,
      trainable: true,
      dtype: 'float32',
      ...(index === 0 ? { batch_input_shape: [null, inputs] } : {}),
    },
  }))
  const weights = layers.flatMap(({ inputs, units }, index) => [
    { name: `${name(index)}/kernel`, shape: [inputs, units], dtype: 'float32' },
    { name: `${name(index)}/bias`, shape: [units], dtype: 'float32' },
  ])
  const model = {
    format: 'layers-model',
    generatedBy: 'waymark',
    convertedBy: null,
    modelTopology: {
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
      model_config: { class_name: 'Sequential', config: { name: 'dense_network', layers: topology } },
    },
    weightsManifest: [{ paths: [weightsFile], weights }],
  }
  return {
    'model.json': new TextEncoder().encode(`${JSON.stringify(model, null, 1)}\n`),
    [weightsFile]: littleEndian(layers.flatMap(({ kernel, bias }) => [kernel, bias])),
  }
}

/** @throws {ModelFileError} where the files hold no network of dense layers. */
export function readDenseNetwork(files: ModelFiles): DenseLayer[] {
  const bytes = files[weightsFile]
  if (!bytes) throw new ModelFileError(`${weightsFile} is not there`)
  const { topology, shapes } = readTopology(files['model.json'])
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let offset = 0
  const floats = (count: number) => {
    if (offset + count * 4 > bytes.byteLength)
      throw new ModelFileError(`${weightsFile} is shorter than model.json says`)
    const values = Float32Array.from({ length: count }, (_, index) => view.getFloat32(offset + index * 4, true))
    offset += count * 4
    return values
  }
  const layers = topology.map(({ config: { activation } }, index) => {
    const [inputs, units] = shapes[index * 2] ?? []
    if (inputs === undefined || units === undefined) throw new ModelFileError('model.json names too few weights')
    return { kernel: floats(inputs * units), bias: floats(units), inputs, units, activation }
  })
  if (offset !== bytes.byteLength) throw new ModelFileError(`${weightsFile} is longer than model.json says`)
  return layers
}

function readTopology(bytes: Uint8Array | undefined) {
  try {
    const model = ModelJson.parse(JSON.parse(new TextDecoder().decode(bytes)))
    const [{ weights }] = model.weightsManifest
    return { topology: model.modelTopology.model_config.config.layers, shapes: weights.map(({ shape }) => shape) }
  } catch (cause) {
    throw new ModelFileError('model.json holds no network of dense layers', { cause })
  }
}

/** TensorFlow.js reads weights as little-endian, whatever the machine. */
function littleEndian(arrays: readonly Float32Array[]): Uint8Array {
  const bytes = new Uint8Array(arrays.reduce((sum, array) => sum + array.length * 4, 0))
  const view = new DataView(bytes.buffer)
  let offset = 0
  for (const array of arrays) {
    for (const value of array) {
      view.setFloat32(offset, value, true)
      offset += 4
    }
  }
  return bytes
}
