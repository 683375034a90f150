import type { Comparison } from '../support/comparisons.ts'

/** What is loaded in turn: a peer, or a route of an HTTP API. */
export type SubjectName = 'nginx-log' | 'proxied' | 'preflight' | 'jwt' | 'serverless-offline' | 'lambda'

export const COMPARISONS: readonly Comparison<SubjectName>[] = [
  {
    name: 'proxied',
    title: 'GET passed through',
    subject: 'proxied',
    beside: 'nginx-log',
    goal: { ratio: 1.1 },
  },
  {
    name: 'preflight',
    title: 'a CORS preflight',
    subject: 'preflight',
    beside: 'nginx-log',
    goal: { ratio: 0.6 },
  },
  {
    name: 'jwt',
    title: 'the same with a token (RS256), verified and kept',
    subject: 'jwt',
    beside: 'proxied',
    goal: { addedUs: 4 },
  },
  {
    name: 'lambda',
    title: 'a function in Node.js, payload format 2.0',
    subject: 'lambda',
    beside: 'serverless-offline',
    goal: { timesAsMany: 10 },
  },
]
