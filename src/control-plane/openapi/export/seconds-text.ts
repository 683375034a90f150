/** `2016-11-22T22:41:40Z` */
export function secondsText(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`
}
