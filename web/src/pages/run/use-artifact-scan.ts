import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { FileInfo } from '@waymark/contract/artifacts'
import type { Run } from '@waymark/contract/runs'
import { folderOf } from '../../api/artifacts.ts'

/** Folders that a scan opens at most; a run with more says so where the scan's result is shown. */
const folderLimit = 60

export interface ArtifactScan {
  readonly files: readonly FileInfo[]
  /** false: there are folders that were not opened. */
  readonly isWhole: boolean
}

/** The files of a run, breadth first: what the overview's plots and the model tab are found in. */
export function useArtifactScan(run: Run) {
  const runId = run.info.run_id
  return useQuery({
    queryKey: ['artifact-scan', runId, run.info.status],
    staleTime: 30_000,
    placeholderData: keepPreviousData,
    refetchInterval: run.info.status === 'RUNNING' ? 10_000 : false,
    queryFn: async ({ client }): Promise<ArtifactScan> => {
      const files: FileInfo[] = []
      let waiting = ['']
      let opened = 0
      while (waiting.length > 0 && opened < folderLimit) {
        const now = waiting.slice(0, folderLimit - opened)
        opened += now.length
        const found = await Promise.all(
          now.map((path) => client.fetchQuery({ ...folderOf(runId, path), staleTime: 0 })),
        )
        waiting = [...waiting.slice(now.length), ...found.flat().flatMap((file) => (file.is_dir ? [file.path] : []))]
        files.push(...found.flat().filter((file) => !file.is_dir))
      }
      return { files, isWhole: waiting.length === 0 }
    },
  })
}

/** @returns the folders that hold an MLflow model. */
export function modelFoldersOf(files: readonly FileInfo[]): string[] {
  return files
    .filter(({ path }) => path === 'MLmodel' || path.endsWith('/MLmodel'))
    .map(({ path }) => path.slice(0, Math.max(0, path.length - '/MLmodel'.length)))
}
