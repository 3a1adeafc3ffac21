import type { ReactNode } from 'react'

/** Line icons on a 16-px grid, in the colour of the text around them. They repeat a word, so readers skip them. */
const drawings = {
  running: <path d="M8 1.8a6.2 6.2 0 1 1-6.2 6.2" />,
  finished: <path d="M3 8.5l3.3 3.3L13 4.8" />,
  failed: <path d="M4 4l8 8M12 4l-8 8" />,
  killed: <path d="M4.5 4.5h7v7h-7z" />,
  scheduled: <path d="M8 4.5V8l2.4 1.6M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z" />,
  experiment: <path d="M6 2h4M6.8 2v4.2L3 13.2c-.3.6.1 1 .7 1h8.6c.6 0 1-.4.7-1L9.2 6.2V2M5 10h6" />,
  model: <path d="M8 1.8l5.5 3.1v6.2L8 14.2l-5.5-3.1V4.9zM2.5 4.9L8 8l5.5-3.1M8 8v6.2" />,
  compare: <path d="M5.5 3v10M10.5 3v10M2.5 6l3-3 3 3M7.5 10l3 3 3-3" />,
  copy: <path d="M5.5 5.5h7v8h-7zM10.5 5.5v-3h-7v8h2" />,
  copied: <path d="M3 8.5l3.3 3.3L13 4.8" />,
  right: <path d="M6 3.5L10.5 8 6 12.5" />,
  down: <path d="M3.5 6L8 10.5 12.5 6" />,
  up: <path d="M3.5 10L8 5.5 12.5 10" />,
  folder: <path d="M1.8 4.2c0-.6.4-1 1-1h3l1.6 1.8h5.8c.6 0 1 .4 1 1v6c0 .6-.4 1-1 1H2.8c-.6 0-1-.4-1-1z" />,
  file: <path d="M4 1.8h5.2L12.2 5v9.2H4zM9 2v3.2h3" />,
  download: <path d="M8 2.2v7.6M4.6 6.8L8 10.2l3.4-3.4M2.5 13.2h11" />,
  search: <path d="M7 2.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6zM10.5 10.5l3.4 3.4" />,
  sun: (
    <path d="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.1 1.1M11.9 11.9L13 13M13 3l-1.1 1.1M4.1 11.9L3 13" />
  ),
  moon: <path d="M13.2 9.6A5.8 5.8 0 0 1 6.4 2.8a5.8 5.8 0 1 0 6.8 6.8z" />,
  help: (
    <path d="M5.8 6a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M8 12.2v.1M8 1.6a6.4 6.4 0 1 0 0 12.8A6.4 6.4 0 0 0 8 1.6z" />
  ),
  columns: <path d="M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10" />,
  refresh: <path d="M13 8a5 5 0 1 1-1.5-3.6M13 2v3h-3" />,
  link: <path d="M6.5 9.5l3-3M7 4.5l1.2-1.2a2.8 2.8 0 0 1 4 4L11 8.5M9 11.5l-1.2 1.2a2.8 2.8 0 0 1-4-4L5 7.5" />,
  star: <path d="M8 1.9l1.9 3.9 4.2.6-3 3 .7 4.2L8 11.6l-3.8 2 .7-4.2-3-3 4.2-.6z" />,
  unchanged: <path d="M3.5 6h9M3.5 10h9" />,
  restored: <path d="M3 8a5 5 0 1 0 1.5-3.6M3 2v3h3" />,
  waiting: <path d="M4 8h.1M8 8h.1M12 8h.1" />,
  close: <path d="M4 4l8 8M12 4l-8 8" />,
} satisfies Record<string, ReactNode>

export type IconName = keyof typeof drawings

export function Icon({ name, size = 14, spin = false }: { name: IconName; size?: number; spin?: boolean }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      className={spin ? 'wm-icon wm-icon--spin' : 'wm-icon'}
    >
      {drawings[name]}
    </svg>
  )
}
