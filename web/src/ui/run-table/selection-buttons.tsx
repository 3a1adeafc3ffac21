import { Button } from '@mantine/core'
import { Link, useNavigate } from 'react-router'
import { Icon } from '../icons.tsx'
import { joinList } from '../url-state.ts'
import { useKeys } from '../use-keys.ts'

/** What can be done with the chosen runs. */
export function SelectionButtons({ selected, onClear }: { selected: readonly string[]; onClear: () => void }) {
  const navigate = useNavigate()
  const address = `/compare?runs=${encodeURIComponent(joinList(selected))}`
  const canCompare = selected.length >= 2
  useKeys({
    c: () => canCompare && void navigate(address),
    Escape: onClear,
  })
  const words = selected.length === 0 ? 'Compare' : `Compare (${selected.length})`
  return (
    <>
      {canCompare ? (
        <Button component={Link} to={address} leftSection={<Icon name="compare" />}>
          {words}
        </Button>
      ) : (
        <Button disabled leftSection={<Icon name="compare" />} title="Select two or more runs to compare them">
          {words}
        </Button>
      )}
      {selected.length > 0 && (
        <Button variant="subtle" color="gray" onClick={onClear}>
          Clear selection
        </Button>
      )}
    </>
  )
}
