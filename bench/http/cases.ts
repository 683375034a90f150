import { MEGABYTE } from '../peers/nginx.ts'
import type { TargetName } from './targets.ts'

/** One comparison: a kind of request, and what it may cost beside nginx with an access log. */
export interface HttpCase {
  readonly name: string
  readonly title: string
  readonly path: string
  /** POST with a body of this size; else GET. */
  readonly bodyBytes?: number
  /** Size of the answer's body; that of the small JSON when undefined. */
  readonly answerBytes?: number
  /** In the clear, over TLS, or HTTP/2 over TLS. */
  readonly protocol: 'http' | 'https' | 'h2'
  readonly connections: number
  /** Requests under way on one connection at a time. */
  readonly streams?: number
  /** Whose cost the goal bounds. */
  readonly subject: TargetName
  /** Times nginx with an access log, CPU per request. */
  readonly goal: number
  readonly peers: readonly TargetName[]
}

const PEERS = ['nginx', 'nginx-log', 'haproxy', 'caddy'] as const

export const CASES: readonly HttpCase[] = [
  {
    name: 'get',
    title: 'GET of a small JSON',
    path: '/',
    protocol: 'http',
    connections: 32,
    subject: 'engine',
    goal: 1,
    peers: PEERS,
  },
  {
    name: 'post',
    title: 'POST of 1 KB',
    path: '/',
    bodyBytes: 1024,
    protocol: 'http',
    connections: 32,
    subject: 'engine',
    goal: 1,
    peers: PEERS,
  },
  {
    name: 'download',
    title: 'Download of 1 MB',
    path: '/1m',
    answerBytes: MEGABYTE,
    protocol: 'http',
    connections: 8,
    subject: 'engine',
    goal: 0.8,
    peers: [...PEERS, 'nginx-streaming'],
  },
  {
    name: 'upload',
    title: 'Upload of 1 MB',
    path: '/read',
    bodyBytes: MEGABYTE,
    protocol: 'http',
    connections: 8,
    subject: 'engine',
    goal: 0.8,
    peers: [...PEERS, 'nginx-streaming'],
  },
  {
    name: 'tls',
    title: 'GET of a small JSON over TLS, kept connections',
    path: '/',
    protocol: 'https',
    connections: 32,
    subject: 'engine',
    goal: 1.1,
    peers: PEERS,
  },
  {
    name: 'h2',
    title: 'GET of a small JSON over HTTP/2 and TLS, 16 clients × 10 streams',
    path: '/',
    protocol: 'h2',
    connections: 16,
    streams: 10,
    subject: 'engine',
    goal: 1,
    peers: PEERS,
  },
  {
    name: 'route',
    title: 'GET of a small JSON through a deployed REST API',
    path: '/hello',
    protocol: 'http',
    connections: 32,
    subject: 'gateway',
    goal: 1.2,
    peers: ['nginx', 'nginx-log', 'nginx-lua'],
  },
]
