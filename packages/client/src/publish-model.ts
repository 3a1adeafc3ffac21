import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createModelVersion, setModelVersionTag, versionTags } from '@waymark/contract/model-versions'
import { type ModelVersion, setAlias } from '@waymark/contract/registered-models'
import { downloadArtifacts, openArtifacts, uploadArtifacts } from './artifacts.ts'
import { call } from './call.ts'
import type { Connection } from './connection.ts'
import { contentHash } from './content-hash.ts'
import { ensureRegisteredModel, openModelVersion, tagOf, versionOfAlias, versionWithTag } from './registry.ts'
import { messageOf } from './retry.ts'

export const championAlias = 'champion'

export interface PublishOptions {
  readonly server: Connection
  readonly run: { readonly id: string; readonly artifactUri: string }
  /** The registered model. */
  readonly name: string
  /** The model's folder on this machine; it becomes `model/` among the run's artifacts. */
  readonly folder: string
  readonly metric: string
  readonly direction: 'maximize' | 'minimize'
  /** The new model's value of `metric` on the test rows. */
  readonly score: number
  /** Hash of the test rows. */
  readonly test: string
  readonly ruleName: string
  readonly tags?: Readonly<Record<string, string>>
  /** Scores another model, downloaded to `folder`, on the new model's test rows. */
  readonly scoreOnTest: (folder: string) => Promise<ChampionScore>
}

/** Either the value of the metric, or why the model cannot take these rows. */
export type ChampionScore = { readonly score: number } | { readonly misfit: string }

export interface Publication {
  /** The registered model. */
  readonly name: string
  readonly version: string
  /** {@link contentHash} of the model. */
  readonly content: string
  /** false: a version of this content was there already. */
  readonly created: boolean
  readonly champion: 'moved' | 'kept' | 'same'
  /** The version that is champion now. */
  readonly championVersion: string
  /** One line for people: why the alias moved, or why not. */
  readonly reason: string
  /** Something that somebody should look at. */
  readonly warning?: string
}

/**
 * Uploads a model under its run, registers it where no version has its content, and moves the alias `champion` to it
 * where it is strictly better than the champion on the same test rows. Publishing the same model again changes
 * nothing: neither a tie nor a model that was compared before moves the alias.
 */
export async function publishModel(options: PublishOptions): Promise<Publication> {
  const { server, run, name, folder } = options
  const content = await contentHash(folder)
  await uploadArtifacts(openArtifacts(server, run.artifactUri), folder, 'model')
  await ensureRegisteredModel(server, name)
  const known = await versionWithTag(server, name, { key: versionTags.content, value: content })
  const version = known ?? (await register(options, content))
  const promotion = await weigh(options, version)
  if (promotion.champion === 'moved') {
    await call(server.base, setAlias, { name, alias: championAlias, version: version.version }, server)
  }
  if (promotion.note !== undefined) await tagVersion(server, version, versionTags.promotion, promotion.note)
  const { note: _, ...decision } = promotion
  return { name, version: version.version, content, created: !known, ...decision }
}

async function register(options: PublishOptions, content: string): Promise<ModelVersion> {
  const { server, run, name } = options
  const tags = {
    ...options.tags,
    [versionTags.content]: content,
    [versionTags.ruleName]: options.ruleName,
    [versionTags.test]: options.test,
    [versionTags.metric]: options.metric,
    [versionTags.score]: String(options.score),
  }
  const request = {
    name,
    source: `${run.artifactUri.replace(/\/+$/, '')}/model`,
    run_id: run.id,
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  }
  return (await call(server.base, createModelVersion, request, server)).model_version
}

type Promotion = Pick<Publication, 'champion' | 'championVersion' | 'reason' | 'warning'> & { readonly note?: string }

async function weigh(options: PublishOptions, version: ModelVersion): Promise<Promotion> {
  const champion = await versionOfAlias(options.server, options.name, championAlias)
  if (!champion) return moved(version, `there was no ${championAlias}`)
  const championVersion = champion.version
  if (championVersion === version.version)
    return { champion: 'same', championVersion, reason: 'its content is the same' }
  if (tagOf(version, versionTags.promotion) !== undefined) return comesBack(options, version, champion)
  return compare(options, version, champion)
}

/** A model of an earlier state takes no champion's place, but that of one which cannot take its rows. */
async function comesBack(options: PublishOptions, version: ModelVersion, champion: ModelVersion): Promise<Promotion> {
  const kept = { champion: 'kept', championVersion: champion.version } as const
  const sameRows = tagOf(version, versionTags.test) === tagOf(champion, versionTags.test)
  if (sameRows) return { ...kept, reason: 'it was compared when it was new' }
  const theirs = await championScore(options, champion)
  if ('misfit' in theirs) return replaced(options, version, champion, theirs.misfit)
  if ('failure' in theirs) return unscored(options, champion, theirs.failure)
  return { ...kept, reason: 'a model that comes back takes no place of one that can take its rows' }
}

async function compare(options: PublishOptions, version: ModelVersion, champion: ModelVersion): Promise<Promotion> {
  const { metric, score, direction } = options
  const theirs = await championScore(options, champion)
  if ('misfit' in theirs) return replaced(options, version, champion, theirs.misfit)
  if ('failure' in theirs) return unscored(options, champion, theirs.failure)
  const [ours, others] = tellApart(score, theirs.score)
  const words = `${metric} ${ours} against ${others} of version ${champion.version}`
  const better = direction === 'maximize' ? score > theirs.score : score < theirs.score
  // A champion whose score is no number cannot be better than anything.
  if (better || (Number.isNaN(theirs.score) && !Number.isNaN(score))) return moved(version, words)
  const note = `kept ${champion.version}`
  return { champion: 'kept', championVersion: champion.version, reason: `${words} is not better`, note }
}

function replaced({ name }: PublishOptions, version: ModelVersion, champion: ModelVersion, misfit: string): Promotion {
  return {
    ...moved(version, `version ${champion.version} cannot take the new rows`),
    warning: `The ${championAlias} of ${name} was replaced without a comparison: version ${champion.version} does not take the new test rows (${misfit}). Check that callers of the prediction app send what the new model takes`,
  }
}

function unscored({ name }: PublishOptions, champion: ModelVersion, failure: string): Promotion {
  return {
    champion: 'kept',
    championVersion: champion.version,
    reason: `version ${champion.version} could not be scored on the new test rows`,
    warning: `Cannot compare with version ${champion.version} of ${name}: ${failure}. It stays ${championAlias}. Publishing the new model again (waymark repro --force) compares them anew`,
  }
}

/** Two numbers as texts of six significant digits, or of as many more as show that they differ. */
function tellApart(a: number, b: number): [string, string] {
  for (let digits = 6; ; digits++) {
    const say = (value: number) => String(Number(value.toPrecision(digits)))
    const texts: [string, string] = [say(a), say(b)]
    if (texts[0] !== texts[1] || Object.is(a, b) || digits === 17) return texts
  }
}

async function championScore(
  options: PublishOptions,
  champion: ModelVersion,
): Promise<ChampionScore | { readonly failure: string }> {
  const sameRows = tagOf(champion, versionTags.test) === options.test
  const known = tagOf(champion, versionTags.score)
  if (sameRows && known !== undefined && tagOf(champion, versionTags.metric) === options.metric) {
    return { score: Number(known) }
  }
  const folder = await mkdtemp(join(tmpdir(), 'waymark-champion-'))
  try {
    await downloadArtifacts(await openModelVersion(options.server, champion), '', folder)
    return await options.scoreOnTest(folder)
  } catch (error) {
    return { failure: messageOf(error) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function moved({ version }: ModelVersion, reason: string): Promotion {
  return { champion: 'moved', championVersion: version, reason, note: championAlias }
}

async function tagVersion(server: Connection, version: ModelVersion, key: string, value: string): Promise<void> {
  await call(server.base, setModelVersionTag, { name: version.name, version: version.version, key, value }, server)
}
