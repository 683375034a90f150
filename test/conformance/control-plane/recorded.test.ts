import { describe, test } from 'bun:test'
import { createAwsCaller } from '#aws/client.ts'
import { startControlPlane } from '../../clients/support/control-plane.ts'
import { recordedCases } from './recorded.cases.ts'
import { playWireCase } from './support/wire-case.ts'

// The control plane on the wire, case by case, each against an empty one.

describe('recorded on AWS', () => {
  for (const each of recordedCases) {
    test(each.name, async () => {
      await using controlPlane = startControlPlane()
      const caller = createAwsCaller({
        endpoint: controlPlane.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      })
      await playWireCase(caller, each)
    })
  }
})
