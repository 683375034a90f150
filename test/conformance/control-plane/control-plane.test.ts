import { describe, test } from 'bun:test'
import { createAwsCaller } from '#aws/client.ts'
import { startControlPlane } from '../../clients/support/control-plane.ts'
import { documentedCases } from './documented.cases.ts'
import { recordedCases } from './recorded.cases.ts'
import { playWireCase } from './support/wire-case.ts'

// The control plane on the wire, case by case, each against an empty one.

const cases = { 'recorded on AWS': recordedCases, 'documented by AWS': documentedCases }

describe.each(Object.entries(cases))('%s', (_, table) => {
  for (const each of table) {
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
