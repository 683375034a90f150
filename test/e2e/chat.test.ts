import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { startChromium } from '../support/services/chromium.ts'

// The example as its README has it, in two windows of a browser, and with clients that people use.

/** Where functions remember who is there. */
const rooms = mkdtempSync(join(tmpdir(), 'gatehouse-chat-'))
const EXAMPLE = join(import.meta.dir, '..', '..', 'examples', 'chat')
let gateway: GatewayProcess
let browser: Browser
/** Of the API, and of the page. */
let url: string
let page: string

beforeAll(async () => {
  ;[gateway, browser] = await Promise.all([
    startGatewayProcess({ arguments: ['--workers', '2'] }),
    startChromium(),
  ])
  const child = Bun.spawn(['node', join(EXAMPLE, 'deploy.mjs')], {
    env: { ...process.env, AWS_ENDPOINT_URL: gateway.url, TMPDIR: rooms },
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const said = await new Response(child.stdout).text()
  ;[url = '', page = ''] = [/at (ws:\S+)/.exec(said)?.[1], /(file:\S+)/.exec(said)?.[1]]
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await endGateways()
  rmSync(rooms, { recursive: true, force: true })
})

async function open(): Promise<Page> {
  const opened = await browser.newPage()
  await opened.goto(page)
  await opened.getByText('connected').waitFor()
  return opened
}

async function say(window: Page, text: string): Promise<void> {
  await window.getByLabel('Message').fill(text)
  await window.getByRole('button', { name: 'Send' }).click()
}

const hears = (window: Page, text: string): Promise<void> => window.getByText(text).waitFor()

test('two windows hear each other, and one goes on when the other is closed', async () => {
  const [one, other] = [await open(), await open()]
  await say(one, 'hello from one')
  await Promise.all([hears(one, 'hello from one'), hears(other, 'hello from one')])
  await say(other, 'grüße <b>zurück</b>')
  await Promise.all([hears(one, 'grüße <b>zurück</b>'), hears(other, 'grüße <b>zurück</b>')])
  await other.close()
  await say(one, 'anybody there?')
  await hears(one, 'anybody there?')
  await one.close()
}, 60_000)

interface Client {
  readonly name: string
  /** Sends `frame` to `url` once it is open, and prints the first message that it gets. */
  readonly command: (url: string, frame: string) => string[]
  /** Whether it is on this machine. */
  readonly isThere: boolean
}

const runs = (...command: string[]): boolean =>
  Bun.which(command[0] as string) !== null && Bun.spawnSync(command).exitCode === 0

const standard = (to: string, frame: string): string => `
  const socket = new WebSocket(${JSON.stringify(to)})
  socket.onopen = () => socket.send(${JSON.stringify(frame)})
  socket.onmessage = ({ data }) => { console.log(data); socket.close() }`
const wsFolder = dirname(Bun.resolveSync('ws/package.json', import.meta.dir))

const clients: readonly Client[] = [
  {
    name: "Bun's WebSocket",
    command: (to, frame) => [process.execPath, '-e', standard(to, frame)],
    isThere: true,
  },
  {
    name: "Node's WebSocket",
    command: (to, frame) => ['node', '--experimental-websocket', '-e', standard(to, frame)],
    isThere: runs('node', '--experimental-websocket', '-e', 'WebSocket'),
  },
  {
    name: 'npm ws',
    command: (to, frame) => [
      'node',
      '-e',
      `const WebSocket = require(${JSON.stringify(wsFolder)});${standard(to, frame)}`,
    ],
    isThere: true,
  },
  {
    name: 'Python websockets',
    command: (to, frame) => [
      'python3',
      '-c',
      `
from websockets.sync.client import connect
with connect(${JSON.stringify(to)}) as socket:
    socket.send(${JSON.stringify(frame)})
    print(socket.recv())`,
    ],
    isThere: runs('python3', '-c', 'import websockets.sync.client'),
  },
]

test.each(clients.filter(({ isThere }) => isThere))(
  'a client with $name',
  async ({ name, command }) => {
    const message = `hello from ${name}`
    const frame = JSON.stringify({ action: 'sendmessage', message })
    const child = Bun.spawn(command(url, frame), { stdout: 'pipe', stderr: 'inherit' })
    expect(JSON.parse(await new Response(child.stdout).text())).toMatchObject({ message })
    expect(await child.exited).toBe(0)
  },
  60_000,
)
