// Node's HTTP/2 client against a server: `node http2-witness.mjs <origin>`. Prints what it saw as JSON, by scenario.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:http2'

const [origin] = process.argv.slice(2)
const open = (settings = {}) => connect(origin, { rejectUnauthorized: false, settings })
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** @returns what came of one request; `error` is its code */
async function exchange(session, fields, { body, trailers, watch, options = {} } = {}) {
  const seen = { interim: 0 }
  const ends = body === undefined && trailers === undefined
  const stream = session.request(fields, { endStream: ends, ...options })
  const chunks = []
  stream.on('continue', () => seen.interim++)
  stream.on('response', (headers) => (seen.headers = headers))
  stream.on('trailers', ({ ...fields }) => (seen.trailers = fields))
  stream.on('data', (chunk) => chunks.push(chunk))
  stream.on('error', (error) => (seen.error = error.code))
  const closed = new Promise((resolve) => stream.on('close', resolve))
  watch?.(stream)
  if (trailers !== undefined) stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  if (!ends) stream.end(body)
  await closed
  const bytes = Buffer.concat(chunks)
  return {
    ...seen,
    status: seen.headers?.[':status'],
    bytes,
    text: bytes.toString('latin1'),
    code: stream.rstCode,
  }
}

const get = (path) => ({ ':path': path })
const post = (path, fields) => ({ ':method': 'POST', ':path': path, ...fields })

const scenarios = {
  async alpn(session) {
    await once(session, 'connect')
    return session.alpnProtocol
  },

  async manyStreams(session) {
    let right = 0
    const one = async (i) => {
      const { status, text } = await exchange(session, post('/echo'), { body: `body ${i}` })
      if (status === 200 && text === `body ${i}`) right++
    }
    for (let i = 0; i < 400; i += 100) await Promise.all(Array.from({ length: 100 }, (_, j) => one(i + j)))
    return right
  },

  async upAndDown(session) {
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * i) >> 7))
    const answers = await Promise.all([1, 2, 3].map(() => exchange(session, post('/echo'), { body: bytes })))
    return answers.map((answer) => hash(answer.bytes) === hash(bytes))
  },

  async trailers(session) {
    const fields = { te: 'trailers' }
    const { status, trailers } = await exchange(session, post('/trailers', fields), {
      body: 'x',
      trailers: { 'x-sum': '17', cookie: 'dropped' },
      options: { waitForTrailers: true },
    })
    return { status, trailers }
  },

  async bodiless(session) {
    const said = []
    for (const [method, path] of [
      ['HEAD', '/sized'],
      ['GET', '/204'],
      ['GET', '/304'],
    ]) {
      const { status, headers, bytes } = await exchange(session, { ':method': method, ':path': path })
      said.push([status, headers['content-length'] ?? null, bytes.length])
    }
    return said
  },

  async expectContinue(session) {
    const { interim, text } = await exchange(session, post('/echo', { expect: '100-continue' }), {
      body: 'held',
    })
    const early = await exchange(session, post('/early', { expect: '100-continue' }), {})
    return [interim, text, early.interim, early.status]
  },

  async earlyAnswer(session) {
    const { status, text, code, error } = await exchange(session, post('/early'), {
      body: Buffer.alloc(5_000_000),
    })
    const next = await exchange(session, get('/sized'))
    return { status, text, code, error: error ?? null, next: next.status }
  },

  async abort(session) {
    await exchange(session, get('/never'), { watch: (stream) => setImmediate(() => stream.close(8)) })
    return (await exchange(session, get('/aborted'))).text
  },

  async brokenAnswer(session) {
    const { status, error, code } = await exchange(session, get('/broken'))
    return { status, error, code }
  },

  async wideHeaders(session) {
    const { headers } = await exchange(session, get('/wide'))
    return headers['x-wide'].length
  },

  async everyLetter(session) {
    // What a field may carry; the client compresses the first, not the second.
    const letters = Array.from({ length: 256 }, (_, i) => i).filter((i) => i > 32 && i !== 127)
    const value = String.fromCharCode(...letters)
    const answers = []
    for (const text of [...letters.map((i) => `eeeeeeeeeeeeeeee${String.fromCharCode(i)}`), value]) {
      const { text: echoed } = await exchange(session, {
        ...get('/value'),
        'x-value': Buffer.from(text, 'latin1').toString('latin1'),
      })
      answers.push(echoed === text)
    }
    return answers.filter((same) => !same).length
  },

  async noTable() {
    const session = open({ headerTableSize: 0 })
    const { status } = await exchange(session, get('/sized'))
    session.settings({ headerTableSize: 4096 })
    const again = await exchange(session, get('/sized'))
    session.close()
    return [status, again.status]
  },

  async events(session) {
    const stream = session.request(get('/events'))
    const chunks = []
    stream.on('data', (chunk) => chunks.push(String(chunk)))
    await once(stream, 'response')
    for (let i = 0; i < 3; i++) {
      const arrived = once(stream, 'data')
      // Each is told of only when the last was read.
      await exchange(session, get(`/event?${i}`))
      await arrived
    }
    stream.close()
    return chunks
  },

  async slowReader(session) {
    const stream = session.request(get('/endless'))
    await once(stream, 'response')
    stream.pause()
    // Whoever gives way to others is not in their way.
    for (let i = 0; i < 50; i++) await exchange(session, get('/sized'))
    const { text } = await exchange(session, get('/produced'))
    stream.close()
    return Number(text)
  },

  async drain() {
    const session = open()
    let goneAway
    session.on('goaway', (code, last) => (goneAway = { code, last }))
    const slow = exchange(session, get('/slow'))
    const alsoSlow = exchange(session, post('/echo'), {
      watch: (stream) => session.once('goaway', () => stream.end('after')),
      body: undefined,
      options: { endStream: false },
    })
    const stopping = await exchange(session, get('/stop'))
    const answers = await Promise.all([slow, alsoSlow])
    if (!session.closed && !session.destroyed) await once(session, 'close')
    return {
      goneAway,
      stopping: stopping.status,
      texts: answers.map(({ text }) => text),
    }
  },
}

const SCENARIO_MS = 20_000
const results = {}
const session = open()
session.on('error', (error) => (results.sessionError = error.message))
for (const [name, scenario] of Object.entries(scenarios)) {
  let late
  const hung = new Promise((resolve) => (late = setTimeout(resolve, SCENARIO_MS, 'hangs')))
  results[name] = (await Promise.race([scenario(session), hung])) ?? null
  clearTimeout(late)
}
console.log(JSON.stringify(results))
process.exit(0)
