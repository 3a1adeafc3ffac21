/** One difference between what a stage looks like now and what its lock entry says. */
export type Change =
  | { readonly kind: 'never ran' }
  | { readonly kind: 'command'; readonly old: string; readonly new: string }
  | {
      readonly kind: 'dep' | 'out'
      readonly path: string
      readonly change: 'new' | 'modified' | 'deleted' | 'not in cache'
      readonly old?: string | undefined
      readonly new?: string | undefined
    }
  | {
      readonly kind: 'param'
      readonly path: string
      readonly key: string
      readonly change: 'new' | 'modified' | 'deleted'
      readonly old?: unknown
      readonly new?: unknown
    }
  | { readonly kind: 'forced' }
  | { readonly kind: 'always changed' }
