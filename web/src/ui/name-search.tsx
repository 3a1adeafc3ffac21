import { TextInput } from '@mantine/core'
import { useRef } from 'react'
import { Icon } from './icons.tsx'
import { useKeys } from './use-keys.ts'

/** The box for words that a name has to have: `/` leads into it, Escape out of it. */
export function NameSearch(props: {
  /** What is searched, as `experiments`. */
  readonly what: string
  readonly value: string
  readonly onChange: (value: string) => void
}) {
  const { what, value, onChange } = props
  const box = useRef<HTMLInputElement>(null)
  useKeys({ '/': () => box.current?.focus() })
  return (
    <TextInput
      ref={box}
      aria-label={`Search ${what}`}
      placeholder="Search by name  ( / )"
      leftSection={<Icon name="search" />}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      w={260}
      maw="100%"
    />
  )
}
