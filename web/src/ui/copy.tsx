import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { Icon } from './icons.tsx'

/** A small button that copies `text`; `what` names it: "run id". */
export function Copy({ text, what }: { text: string; what: string }) {
  return (
    <CopyButton value={text} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : `Copy ${what}`}>
          <ActionIcon size="sm" color="gray" className="wm-copy" onClick={copy} aria-label={`Copy ${what}`}>
            <Icon name={copied ? 'copied' : 'copy'} size={13} />
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  )
}

/** A command to run in a terminal, with a button that copies it. */
export function Command({ text }: { text: string }) {
  return (
    <span className="wm-command">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: on a narrow screen it scrolls, so the keyboard must get there */}
      <code className="wm-mono" tabIndex={0}>
        {text}
      </code>
      <Copy text={text} what="command" />
    </span>
  )
}
