import type { Pace } from '#data-plane/paced-body.ts'
import type { IntegrationDefinition } from '#data-plane/route-definition.ts'

/** The bounds of a method's streamed answers. */
export function streamPace({ limits, snapshot }: IntegrationDefinition): (untilMs: number) => Pace {
  const edge = snapshot.api.endpointConfiguration.types.includes('EDGE')
  const idleMs = edge ? limits.edgeStreamIdleMs : limits.streamIdleMs
  const { streamUnpacedBytes: unpacedBytes, streamBytesPerSecondMax: bytesPerSecondMax } = limits
  return (untilMs) => ({ untilMs, idleMs, unpacedBytes, bytesPerSecondMax })
}
