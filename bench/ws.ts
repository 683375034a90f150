// `npm run bench:ws [-- --clients N] [--rounds N] [--seconds N]`: WebSocket APIs beside the npm package `ws` alone, and behind
// nginx. Linux, two cores: what is measured on core 0; clients, and `ws` where nginx is before it, on core 1.
import { parseArgs } from 'node:util'
import { markdownTable } from './support/markdown-table.ts'
import { openFilesMax } from './support/process.ts'
import { maskedText } from './support/raw-websocket.ts'
import { spread } from './support/stats.ts'
import { arrive, broadcast, echo, push } from './ws/measure.ts'
import { echoSubject, startApi, startNginxBefore, startWs, type Subject } from './ws/subjects.ts'

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
  },
})
const clients = Number(values.clients)
const rounds = Number(values.rounds)
const measuredMs = Number(values.seconds) * 1000
const TALKERS = 50
const POSTERS = 50

if (openFilesMax() < clients + 1000) {
  console.error(`${clients} clients need as many open files: ulimit -n ${clients + 1000}`)
  process.exit(2)
}

const stops: (() => Promise<void>)[] = []
const results = new Map<string, { digits: number; unit: string; values: number[] }>()
function note(row: string, value: number, digits: number, unit: string): void {
  const known = results.get(row) ?? { digits, unit, values: [] }
  known.values.push(value)
  results.set(row, known)
}

const api = await startApi()
stops.push(() => api.gateway.stop())
const pair = await startApi(2)
stops.push(() => pair.gateway.stop())
try {
  const ws = await startWs(0)
  stops.push(() => ws.stop())
  const behind = await startWs(1)
  stops.push(() => behind.stop())
  const nginx = await startNginxBefore(behind.port)
  if (nginx !== undefined) stops.push(() => nginx.stop())
  const text = (action: string): Buffer =>
    maskedText(JSON.stringify({ action, text: 'a'.repeat(40 - action.length) }))
  const alone = echoSubject('ws', ws.port, [ws.pid])
  const echoes: (readonly [string, Subject, Buffer])[] = [
    ['echo, `ws` alone', alone, text('mock')],
    ...(nginx === undefined
      ? []
      : [
          [
            'echo, nginx before `ws`',
            echoSubject('nginx', nginx.port, [nginx.pid, behind.pid]),
            text('mock'),
          ] as const,
        ]),
    ['echo, MOCK route', api.subject, text('mock')],
    ['echo, Lambda route', api.subject, text('lambda')],
  ]
  for (let round = 0; round < rounds; round++) {
    for (const [name, subject, message] of echoes) {
      const { perSecond, cpuUsEach } = await echo(subject, message, TALKERS, measuredMs)
      note(`${name}: CPU a message`, cpuUsEach, 1, 'µs')
      note(`${name}: messages a second`, perSecond, 0, '')
    }
    for (const [name, subject] of [
      ['push through @connections', api],
      ['push, two workers', pair],
    ] as const) {
      const pushed = await push(subject, POSTERS, measuredMs)
      note(`${name}, a second of CPU`, pushed.perCpuSecond, 0, '')
      note(`${name}, a second`, pushed.perSecond, 0, '')
    }
    for (const subject of [alone, api.subject]) {
      const { sockets, seconds, kilobytesEach } = await arrive(subject, clients)
      note(`${clients} clients connect, ${subject.name}`, seconds, 2, 's')
      // The memory of later rounds is that of the first.
      if (round === 0) note(`idle, each of ${clients}, ${subject.name}`, kilobytesEach, 1, 'KB')
      if (subject === api.subject) note(`broadcast to ${clients}`, await broadcast(api, sockets), 2, 's')
      for (const socket of sockets) socket.terminate()
      await Bun.sleep(500)
    }
  }
  const rows = [...results].map(([name, { values: found, digits, unit }]) => [
    name,
    spread(found, digits, unit),
  ])
  console.log(markdownTable(['what', 'figure'], rows).join('\n'))
} finally {
  for (const stop of stops.toReversed()) await stop()
}
