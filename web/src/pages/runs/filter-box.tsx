import { ActionIcon, Popover, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { Icon } from '../../ui/icons.tsx'
import { useKeys } from '../../ui/use-keys.ts'

interface FilterBoxProps {
  readonly text: string
  readonly onApply: (text: string) => void
  /** The server's words about the filter, where it refused it. */
  readonly refusal: string | undefined
}

const examples = [
  ['repro-2026', 'the name contains it'],
  ['metrics.test_accuracy > 0.93', 'a metric, by its latest value'],
  ["params.optimizer = 'adam' AND NOT params.seed = '1'", 'params are text, in quotes'],
  ["attributes.status = 'FAILED' OR metrics.loss > 1", 'OR, NOT and parentheses work'],
  ["tags.`mlflow.source.git.branch` LIKE 'feature/%'", 'names with dots or spaces in backticks'],
] as const

/** Where a filter is typed; Enter applies it. `/` comes here from anywhere. */
export function FilterBox({ text, onApply, refusal }: FilterBoxProps) {
  const [typed, setTyped] = useState(text)
  const box = useRef<HTMLInputElement>(null)
  useEffect(() => setTyped(text), [text])
  useKeys({ '/': () => box.current?.focus() })
  return (
    <div className="wm-filter">
      <TextInput
        ref={box}
        aria-label="Filter runs"
        placeholder="Name, or metrics.test_accuracy > 0.93 and params.optimizer = 'adam'   ( / )"
        value={typed}
        error={refusal}
        styles={{
          input: { fontFamily: 'var(--wm-mono)', color: 'var(--wm-text)' },
          error: { overflowWrap: 'anywhere', fontSize: 12, color: 'var(--wm-failed)' },
        }}
        leftSection={<Icon name="search" />}
        rightSectionWidth={typed === '' ? 32 : 60}
        rightSection={
          <>
            {typed !== '' && (
              <ActionIcon
                color="gray"
                size={24}
                aria-label="Clear the filter"
                onClick={() => {
                  setTyped('')
                  onApply('')
                }}
              >
                <Icon name="close" size={12} />
              </ActionIcon>
            )}
            <Examples
              choose={(example) => {
                setTyped(example)
                box.current?.focus()
              }}
            />
          </>
        }
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onApply(typed)
          if (event.key !== 'Escape') return
          setTyped(text)
          event.currentTarget.blur()
        }}
        onBlur={() => typed === '' && text !== '' && onApply('')}
      />
    </div>
  )
}

function Examples({ choose }: { choose: (example: string) => void }) {
  const [opened, setOpened] = useState(false)
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={460} trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon color="gray" size={24} aria-label="How to filter" onClick={() => setOpened(!opened)}>
          <Icon name="help" size={14} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p={8} maw="94vw">
        {examples.map(([example, words]) => (
          <button
            key={example}
            type="button"
            className="wm-option"
            onClick={() => {
              choose(example)
              setOpened(false)
            }}
          >
            <code className="wm-mono">{example}</code>
            <span className="wm-dim">{words}</span>
          </button>
        ))}
      </Popover.Dropdown>
    </Popover>
  )
}
