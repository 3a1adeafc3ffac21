import './frame.css'
import './states.css'
import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { type ReactNode, Suspense, useRef } from 'react'
import { Link, NavLink, Outlet, useLocation, useNavigation } from 'react-router'
import { Icon } from './icons.tsx'
import { Shortcuts } from './shortcuts.tsx'
import { useKeys } from './use-keys.ts'
import { useScrollPlace } from './use-scroll-place.ts'

/** What is around every page: the bar above, the rail beside it (below it on a phone). */
export function Frame({ notice }: { notice?: ReactNode }) {
  const [help, { open, close }] = useDisclosure(false)
  const moving = useNavigation().state !== 'idle'
  const content = useRef<HTMLDivElement>(null)
  const isAtRuns = /^\/(experiments|compare)\b/.test(useLocation().pathname)
  useScrollPlace(content, 'page')
  useKeys({ '?': open })
  return (
    <div className="wm-frame">
      <a className="wm-skip" href={`${location.pathname}${location.search}#content`}>
        Skip to the page
      </a>
      <header className="wm-bar">
        <Link to="/" className="wm-brand" aria-label="Waymark, all experiments">
          <img src="favicon.svg" alt="" width={20} height={20} /> waymark
        </Link>
        <nav className="wm-rail" aria-label="Main">
          <NavLink to="/" end className={({ isActive }) => (isActive || isAtRuns ? 'active' : '')}>
            <Icon name="experiment" size={16} /> Experiments
          </NavLink>
          <NavLink to="/models">
            <Icon name="model" size={16} /> Models
          </NavLink>
        </nav>
        <span className="wm-bar__space" />
        <SchemeButton />
        <Tooltip label="Keyboard shortcuts">
          <ActionIcon color="gray" aria-label="Keyboard shortcuts" onClick={open}>
            <Icon name="help" size={16} />
          </ActionIcon>
        </Tooltip>
      </header>
      {moving && <div className="wm-moving" role="progressbar" aria-label="Loading the page" />}
      {notice}
      <div className="wm-content" id="content" tabIndex={-1} ref={content}>
        <Suspense>
          <Outlet />
        </Suspense>
      </div>
      <Shortcuts opened={help} close={close} />
    </div>
  )
}

function SchemeButton() {
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  const other = scheme === 'dark' ? 'light' : 'dark'
  return (
    <Tooltip label={`Switch to ${other}`}>
      <ActionIcon color="gray" aria-label={`Switch to ${other} colours`} onClick={() => setColorScheme(other)}>
        <Icon name={other === 'dark' ? 'moon' : 'sun'} size={16} />
      </ActionIcon>
    </Tooltip>
  )
}
