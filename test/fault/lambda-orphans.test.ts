import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from './lambda-process-alive.ts'

// A gateway that is killed leaves no processes of functions, however busy they are.

const PROGRAM = `
import { startLambda, arnOf } from '#companions/lambda/lambda.fixture.ts'
const lambda = await startLambda()
const start = async (name, code) => {
  await lambda.create(name, code, { Timeout: 900 })
  void lambda.invoke(name)
}
const say = "require('fs').writeSync(1, 'PID ' + process.pid + '\\\\n');"
await start('idle', { 'index.js': say + 'exports.handler = async () => 1' })
await start('waiting', { 'index.js': 'exports.handler = () => {' + say + 'setInterval(() => {}, 1000) }' })
await start('busy', { 'index.js': 'exports.handler = () => {' + say + 'for (;;) {} }' })
await start('loading', { 'index.js': say + 'for (;;) {}' })
await start('parent', { 'index.js': "exports.handler = async () => { const c = require('child_process').spawn('sleep', ['300']); console.log('PID ' + c.pid); for (;;) {} }" })
const seen = new Set()
while (seen.size < 5) {
  for (const name of ['idle', 'waiting', 'busy', 'loading', 'parent']) {
    for (const { message } of lambda.lambda.logs.read(arnOf(name))) {
      const pid = /PID (\\d+)/.exec(message)
      if (pid !== null) seen.add(Number(pid[1]))
    }
  }
  await Bun.sleep(10)
}
console.log(JSON.stringify([...seen]))
setInterval(() => {}, 1000)
`

test.if(process.platform !== 'win32')(
  'kill -9 of the gateway ends idle, waiting, busy and loading functions',
  async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'gatehouse-orphans-'))
    const program = join(import.meta.dir, `.orphans-${process.pid}.ts`)
    await Bun.write(program, PROGRAM)
    const gateway = Bun.spawn([process.execPath, program], {
      stdout: 'pipe',
      stderr: 'inherit',
      env: { ...process.env, TMPDIR: temporary },
    })
    try {
      const reader = gateway.stdout.getReader()
      let text = ''
      while (!text.includes('\n')) {
        const { value, done } = await reader.read()
        if (done) throw new Error(`the gateway ended early: ${text}`)
        text += Buffer.from(value).toString()
      }
      const pids = JSON.parse(text) as number[]
      expect(pids.length).toBe(5)
      expect(pids.filter(isAlive)).toEqual(pids)
      gateway.kill('SIGKILL')
      await gateway.exited
      while (pids.some(isAlive)) await Bun.sleep(5)
    } finally {
      gateway.kill('SIGKILL')
      await rm(program, { force: true })
      await rm(temporary, { recursive: true, force: true })
    }
  },
  60_000,
)
