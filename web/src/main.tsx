import '@mantine/core/styles.css'
import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/jetbrains-mono/index.css'
import './theme.css'
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from 'react-router/dom'
import { z } from 'zod'
import { appPath } from './api/base.ts'
import { createQueries } from './api/queries.ts'
import { createRouter } from './app.tsx'
import { theme } from './theme.ts'

// Zod would otherwise try to compile its parsers with `new Function`, which the Content-Security-Policy refuses.
z.config({ jitless: true })

// Chromium names the C locale "en-US@posix", which is no language tag: what formats numbers with it (uPlot) would throw.
try {
  Intl.getCanonicalLocales(navigator.language)
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US' })
}

// MLflow's clients print links of the form /#/experiments/…/runs/…
if (/^#\/(experiments|models)\b/.test(location.hash)) {
  history.replaceState(null, '', appPath + location.hash.slice(2))
}

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={createQueries()}>
        <RouterProvider router={createRouter()} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
