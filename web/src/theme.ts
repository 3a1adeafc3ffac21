import { createTheme, type MantineColorsTuple } from '@mantine/core'

const teal: MantineColorsTuple = [
  '#e6f6f3',
  '#c9ebe5',
  '#9bdcd1',
  '#68cbbb',
  '#3fb9a6',
  '#1fa391',
  '#128a7b',
  '#0f766e',
  '#0c5f59',
  '#094a46',
]

/** Mantine's greys of the dark scheme, from text to the deepest ground: those of theme.css. */
const dark: MantineColorsTuple = [
  '#e4ecea',
  '#c3cfcd',
  '#98a8a6',
  '#6b7a79',
  '#405050',
  '#2a3636',
  '#1b2525',
  '#151d1d',
  '#0f1515',
  '#0a0f0f',
]

/** Mantine's side of theme.css: dense, one accent, borders rather than shadows. */
export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: 7,
  colors: { teal, dark },
  fontFamily: 'var(--wm-font)',
  fontFamilyMonospace: 'var(--wm-mono)',
  defaultRadius: 6,
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
  spacing: { xs: '4px', sm: '8px', md: '16px', lg: '24px', xl: '32px' },
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    ActionIcon: { defaultProps: { variant: 'subtle', size: 'md' } },
    Tooltip: { defaultProps: { openDelay: 300, transitionProps: { duration: 100 } } },
  },
})
