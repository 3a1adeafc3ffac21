import { useEffect, useState } from 'react'
import { useArtifactHead } from '../../api/artifacts.ts'
import { wordsOf } from '../../ui/states.tsx'
import { imageType } from './file-kind.ts'

/** Images above this many bytes are only shown when asked for. */
export const imageLimit = 16 * 1024 * 1024

/** An image among a run's artifacts. It is drawn by <img>, in which nothing of it can run, SVG included. */
export function ArtifactImage({ runId, path, alt }: { runId: string; path: string; alt: string }) {
  const { data, error } = useArtifactHead(runId, path, imageLimit)
  const [url, setUrl] = useState<string>()
  const [isBroken, setBroken] = useState(false)
  useEffect(() => {
    if (!data) return
    const made = URL.createObjectURL(new Blob([data.bytes], { type: imageType(path) }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [data, path])
  if (error) return <span className="wm-dim">{wordsOf(error)}</span>
  if (data && data.total > imageLimit) return <span className="wm-dim">Too large to show here: download it.</span>
  if (isBroken) return <span className="wm-dim">No browser can draw this: it is not an image, or a damaged one.</span>
  return url === undefined ? null : <img src={url} alt={alt} onError={() => setBroken(true)} />
}
