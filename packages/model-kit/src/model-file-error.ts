/** A model folder that cannot be read: a file is missing or holds something else than it should. */
export class ModelFileError extends Error {
  override readonly name = 'ModelFileError'
}
