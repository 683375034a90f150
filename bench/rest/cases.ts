import type { Comparison } from '../support/comparisons.ts'

/** What is loaded in turn: nginx before the backend, or a route of a deployed API. */
export type SubjectName =
  | 'nginx-log GET'
  | 'nginx-log POST'
  | 'nginx-lua'
  | 'proxied'
  | 'keyed'
  | 'posted'
  | 'validated'
  | 'mapped'
  | 'mock'
  | 'logged'
  | 'cached'
  | 'cached by a key'
  | '10 resources'
  | '300 resources'
  | '3000 resources'

export const COMPARISONS: readonly Comparison<SubjectName>[] = [
  {
    name: 'proxied',
    title: 'GET passed through',
    subject: 'proxied',
    beside: 'nginx-log GET',
    goal: { ratio: 1.2 },
  },
  {
    name: 'keyed',
    title: 'the same with API key, token bucket, daily quota and JSON access log',
    subject: 'keyed',
    beside: 'nginx-lua',
    goal: { ratio: 1 },
  },
  {
    name: 'mapped',
    title: 'POST of 1 KB, mapping templates both ways',
    subject: 'mapped',
    beside: 'nginx-log POST',
    goal: { ratio: 2 },
  },
  {
    name: 'mock',
    title: 'MOCK',
    subject: 'mock',
    beside: 'nginx-log GET',
    goal: { ratio: 0.8 },
  },
  {
    name: 'cached',
    title: 'GET from the stage cache',
    subject: 'cached',
    beside: 'nginx-log GET',
    goal: { ratio: 0.7 },
  },
  {
    name: 'cached-key',
    title: 'the same, a query parameter and a header as keys',
    subject: 'cached by a key',
    beside: 'nginx-log GET',
    goal: { ratio: 0.7 },
  },
  {
    name: 'validated',
    title: 'a model for a body of 1 KB',
    subject: 'validated',
    beside: 'posted',
    goal: { addedUs: 5 },
  },
  {
    name: 'logged',
    title: 'a line of access log in CLF',
    subject: 'logged',
    beside: 'mock',
    goal: { addedUs: 1.5 },
  },
  {
    name: 'resources-300',
    title: '300 resources beside 10',
    subject: '300 resources',
    beside: '10 resources',
    goal: { ratio: 1.1 },
  },
  {
    name: 'resources-3000',
    title: '3,000 resources beside 10',
    subject: '3000 resources',
    beside: '10 resources',
    goal: { ratio: 1.1 },
  },
]
