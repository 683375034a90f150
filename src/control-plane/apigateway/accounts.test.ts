import { test } from 'bun:test'
import { playCalls, type PlayedCall } from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const arn = 'arn:aws:iam::123412341234:role/logs'
const account = {
  throttleSettings: { burstLimit: 5000, rateLimit: 10_000 },
  features: ['UsagePlans'],
  apiKeyVersion: '4',
}
const patch = (op: string, path: string, value?: string): Omit<PlayedCall, 'gives'> => ({
  call: 'UpdateAccount',
  with: { patchOperations: [{ op, path, value }] },
})

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'the role stays until it is cleared': [
    { call: 'GetAccount', gives: account },
    { ...patch('replace', '/cloudwatchRoleArn', arn), gives: { ...account, cloudwatchRoleArn: arn } },
    { call: 'GetAccount', gives: { ...account, cloudwatchRoleArn: arn } },
    { ...patch('replace', '/cloudwatchRoleArn', ''), gives: account },
    { ...patch('add', '/features', 'UsagePlans'), gives: account },
  ],
  'changes that are refused': [
    {
      ...patch('replace', '/cloudwatchRoleArn', 'logs'),
      fails: [bad, "Invalid ARN specified in the request. ARNs must start with 'arn:': logs"],
    },
    {
      ...patch('replace', '/cloudwatchRoleArn', 'arn:logs'),
      fails: [bad, 'Invalid ARN. ARN is not well formed arn:logs'],
    },
    {
      ...patch('add', '/features', 'X'),
      fails: [bad, 'Invalid feature specified. Valid options are UsagePlans'],
    },
    {
      ...patch('replace', '/throttleSettings', 'X'),
      fails: [
        bad,
        "Invalid patch path  '/throttleSettings' specified for op 'replace'. Must be one of: [/cloudwatchRoleArn]",
      ],
    },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))
