// One kind of client of the soak in a process of its own: `bun bench/soak/clients.ts JSON` (see `ClientSettings`).
// Writes one line of JSON (see `ClientReport`) when its time is over.
import { abuse } from './abuse.ts'
import { beGood } from './be-good.ts'
import type { Address } from './good-requests.ts'

export interface ClientSettings {
  readonly kind: 'good' | 'abusive'
  readonly port: number
  readonly secure: boolean
  readonly address: Address
  readonly connections: number
  readonly seconds: number
}

export interface ClientReport {
  /** By kind of request or of abuse. */
  readonly counts: Record<string, number>
  /** What went wrong that must not, in words. */
  readonly failures: string[]
}

if (import.meta.main) {
  const settings = JSON.parse(process.argv[2] as string) as ClientSettings
  const report: ClientReport = { counts: {}, failures: [] }
  const untilMs = Date.now() + settings.seconds * 1000
  const act = settings.kind === 'good' ? beGood : abuse
  await Promise.all(Array.from({ length: settings.connections }, () => act(settings, untilMs, report)))
  console.log(JSON.stringify(report))
  process.exit(0)
}
