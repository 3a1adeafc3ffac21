/** Whether a param is a hyper-parameter of the winner: what a search found, not what it was told. */
export function isFoundParam(key: string): boolean {
  return key.startsWith('best.')
}
