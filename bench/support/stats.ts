/** The middle value; of an even count, the mean of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** `median (least–most)`, in the given unit. */
export function spread(values: readonly number[], digits: number, unit: string): string {
  const show = (value: number): string => value.toFixed(digits)
  return `${show(median(values))} ${unit} (${show(Math.min(...values))}–${show(Math.max(...values))}, n=${values.length})`
}
