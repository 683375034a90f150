import type { Comparison } from '../support/comparisons.ts'

/** What is loaded in turn. */
export type SubjectName =
  | 'nginx-log'
  | 'nginx-lua'
  | 'Varnish'
  | 'metered'
  | 'cached'
  | 'quota spent'
  | 'bucket empty'
  | 'key of nobody'
  | 'no key'
  | '10 keys'
  | '10,000 keys'
  | '1,000,000 keys'
  | '10,000 keys in Redis'

const refusedGoal = { ratio: 0.6 }

export const COMPARISONS: readonly Comparison<SubjectName>[] = [
  {
    name: 'policy',
    title: 'GET with API key, token bucket, daily quota and JSON access log',
    subject: 'metered',
    beside: 'nginx-lua',
    goal: { ratio: 1 },
  },
  {
    name: 'keys-10000',
    title: 'the same with any of 10,000 keys',
    subject: '10,000 keys',
    beside: '10 keys',
    goal: { ratio: 1.1 },
  },
  {
    name: 'keys-1000000',
    title: 'the same with any of 1,000,000',
    subject: '1,000,000 keys',
    beside: '10 keys',
    goal: { ratio: 1.1 },
  },
  {
    name: 'redis',
    title: 'rates and quotas in Redis, any of 10,000 keys',
    subject: '10,000 keys in Redis',
    beside: '10,000 keys',
    goal: { ratio: 1.3 },
  },
  { name: 'quota', title: '429: quota spent', subject: 'quota spent', beside: 'metered', goal: refusedGoal },
  {
    name: 'throttle',
    title: '429: token bucket empty',
    subject: 'bucket empty',
    beside: 'metered',
    goal: refusedGoal,
  },
  {
    name: 'unknown-key',
    title: '403: key of nobody',
    subject: 'key of nobody',
    beside: 'metered',
    goal: refusedGoal,
  },
  { name: 'no-key', title: '403: no key', subject: 'no key', beside: 'metered', goal: refusedGoal },
  {
    name: 'cached',
    title: 'GET from the stage cache',
    subject: 'cached',
    beside: 'nginx-log',
    goal: { ratio: 0.7 },
  },
  { name: 'varnish', title: 'the same', subject: 'cached', beside: 'Varnish' },
]
