import type { FunctionDefinition } from './definition.ts'

/** What a REPORT line tells. */
export interface InvocationReport {
  readonly requestId: string
  readonly durationMs: number
  readonly memoryUsedMb: number | undefined
  /** Of the first invocation of a process. */
  readonly initMs: number | undefined
  readonly status: 'success' | 'error' | 'timeout'
}

/** The lines that Lambda writes into a function's log around each invocation (recorded on AWS). */
export interface PlatformLines {
  start(requestId: string, version: string): string
  end(requestId: string): string | undefined
  report(definition: FunctionDefinition, report: InvocationReport): string
}

const text: PlatformLines = {
  start: (requestId, version) => `START RequestId: ${requestId} Version: ${version}`,
  end: (requestId) => `END RequestId: ${requestId}`,
  report(definition, { requestId, durationMs, memoryUsedMb, initMs, status }) {
    let line = `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${Math.ceil(durationMs)} ms\tMemory Size: ${definition.memoryMb} MB\t`
    if (memoryUsedMb !== undefined) line += `Max Memory Used: ${memoryUsedMb} MB\t`
    if (initMs !== undefined) line += `Init Duration: ${initMs.toFixed(2)} ms\t`
    if (status !== 'success') line += `Status: ${status}`
    return line
  },
}

/** Developer guide, "Lambda Telemetry API Event schema reference". */
const json: PlatformLines = {
  start: (requestId, version) => event('platform.start', { requestId, version }),
  end: () => undefined,
  report: (definition, { requestId, durationMs, memoryUsedMb, initMs, status }) =>
    event('platform.report', {
      requestId,
      status,
      metrics: {
        durationMs: Number(durationMs.toFixed(3)),
        billedDurationMs: Math.ceil(durationMs),
        memorySizeMB: definition.memoryMb,
        maxMemoryUsedMB: memoryUsedMb,
        initDurationMs: initMs === undefined ? undefined : Number(initMs.toFixed(3)),
      },
    }),
}

export const platformLines: Readonly<Record<FunctionDefinition['logFormat'], PlatformLines>> = {
  Text: text,
  JSON: json,
}

function event(type: string, record: object): string {
  return JSON.stringify({ time: new Date().toISOString(), type, record })
}
