import { createBrowserRouter, type RouteObject } from 'react-router'
import { appPath } from './api/base.ts'
import { Unreachable } from './pages/shared/unreachable.tsx'
import { Broken } from './ui/broken.tsx'
import { Frame } from './ui/frame.tsx'

const routes: RouteObject[] = [
  {
    element: <Frame notice={<Unreachable />} />,
    errorElement: <Broken />,
    HydrateFallback: () => null,
    children: [
      {
        index: true,
        lazy: async () => ({ Component: (await import('./pages/experiments/page.tsx')).ExperimentsPage }),
      },
      {
        path: 'experiments/:experimentId',
        lazy: async () => ({ Component: (await import('./pages/runs/page.tsx')).RunsPage }),
      },
      {
        path: 'experiments/:experimentId/runs/:runId',
        lazy: async () => ({ Component: (await import('./pages/run/page.tsx')).RunPage }),
      },
      { path: 'compare', lazy: async () => ({ Component: (await import('./pages/compare/page.tsx')).ComparePage }) },
      { path: 'models', lazy: async () => ({ Component: (await import('./pages/models/page.tsx')).ModelsPage }) },
      {
        path: 'models/:modelName',
        lazy: async () => ({ Component: (await import('./pages/models/model-page.tsx')).ModelPage }),
      },
      { path: '*', lazy: async () => ({ Component: (await import('./ui/not-found.tsx')).NotFoundPage }) },
    ],
  },
]

export function createRouter() {
  return createBrowserRouter(routes, { basename: appPath })
}
