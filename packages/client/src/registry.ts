import { getDownloadUri, searchModelVersions } from '@waymark/contract/model-versions'
import { createRegisteredModel, getVersionByAlias, type ModelVersion } from '@waymark/contract/registered-models'
import { ApiError } from './api-error.ts'
import { type ArtifactFolder, openArtifacts } from './artifacts.ts'
import { call } from './call.ts'
import type { Connection } from './connection.ts'
import { quoted, tagNamed } from './search-runs.ts'

/** Makes the registered model where there is none of that name. */
export async function ensureRegisteredModel(server: Connection, name: string): Promise<void> {
  try {
    await call(server.base, createRegisteredModel, { name }, server)
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'RESOURCE_ALREADY_EXISTS') throw error
  }
}

/** @returns the version that an alias points at, or undefined where the model or the alias does not exist. */
export async function versionOfAlias(
  server: Connection,
  name: string,
  alias: string,
): Promise<ModelVersion | undefined> {
  try {
    return (await call(server.base, getVersionByAlias, { name, alias }, server)).model_version
  } catch (error) {
    if (error instanceof ApiError && isAbsent(error)) return undefined
    throw error
  }
}

/** @returns the newest version of a model that carries a tag of that value, or undefined. */
export async function versionWithTag(
  server: Connection,
  name: string,
  tag: { readonly key: string; readonly value: string },
): Promise<ModelVersion | undefined> {
  const filter = `name = ${quoted(name)} AND ${tagNamed(tag.key)} = ${quoted(tag.value)}`
  const search = { filter, max_results: 1, order_by: ['version_number DESC'] }
  return (await call(server.base, searchModelVersions, search, server)).model_versions[0]
}

/** @returns where the files of a version are. */
export async function openModelVersion(
  server: Connection,
  { name, version }: Pick<ModelVersion, 'name' | 'version'>,
): Promise<ArtifactFolder> {
  const { artifact_uri } = await call(server.base, getDownloadUri, { name, version }, server)
  return openArtifacts(server, artifact_uri)
}

export function tagOf(version: Pick<ModelVersion, 'tags'>, key: string): string | undefined {
  return version.tags.find((tag) => tag.key === key)?.value
}

/** MLflow answers an unknown alias with 400 and an unknown model with 404. */
function isAbsent(error: ApiError): boolean {
  return error.status === 404 || (error.status === 400 && /alias .* not found/i.test(error.message))
}
