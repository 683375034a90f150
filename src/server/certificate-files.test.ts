import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog, type Log } from '#base/log.ts'
import { eventually } from '../../test/conformance/http/support/proxy.ts'
import { serverCertificate, type Certificate } from '../../test/support/certificates.ts'
import { followCertificates } from './certificate-files.ts'
import { ServerCertificates } from './server-certificates.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
afterAll(() => rmSync(folder, { recursive: true }))
const certificateFile = join(folder, 'chain.pem')
const keyFile = join(folder, 'key.pem')
const fallback = { certificateFile, keyFile }

function write({ certificate, key }: Certificate): void {
  writeFileSync(certificateFile, certificate)
  writeFileSync(keyFile, key)
}

test('a renewed pair is taken, a broken one is not, and why is logged', async () => {
  const [one, two, three] = [serverCertificate('one'), serverCertificate('two'), serverCertificate('three')]
  const certificates = new ServerCertificates(silentLog)
  const lines: string[] = []
  const note = (message: string, fields?: object): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { ...silentLog, info: note, warn: note }
  write(one)
  const { table } = certificates
  const files = followCertificates({ fallback }, (found) => certificates.configure(found), log, 2)
  const first = table.find(undefined)

  writeFileSync(certificateFile, two.certificate)
  await eventually(() => lines.length === 1)
  expect(lines[0]).toMatch(/^renewed certificate not used; .*the default cannot be used: .*MISMATCH/)
  expect(table.find(undefined)).toBe(first as NonNullable<typeof first>)

  // The key of the certificate that is there already.
  writeFileSync(keyFile, two.key)
  await eventually(() => lines.length === 2)
  expect(lines[1]).toStartWith('certificate renewed ')
  expect(table.find(undefined)).not.toBe(first as NonNullable<typeof first>)

  rmSync(keyFile)
  await eventually(() => lines.length === 3)
  expect(lines[2]).toContain(`cannot read ${keyFile} (ENOENT)`)

  // As tools renew that put whole files in place.
  writeFileSync(join(folder, 'new'), three.key)
  renameSync(join(folder, 'new'), keyFile)
  writeFileSync(certificateFile, three.certificate)
  await eventually(() => lines.at(-1)?.startsWith('certificate renewed ') === true)
  files.stop()
})

test('a pair that cannot be used at the start is an error', () => {
  write({ ...serverCertificate('one'), key: 'no key' })
  const follow = (files: typeof fallback) => (): void =>
    followCertificates(
      { fallback: files },
      (found) => new ServerCertificates(silentLog).configure(found),
      silentLog,
    ).stop()
  expect(follow(fallback)).toThrow(/no PEM key/)
  expect(follow({ certificateFile: join(folder, 'none'), keyFile })).toThrow(/cannot read .*none \(ENOENT\)/)
})

test('a folder of certificates serves each for its names, in every layout that tools leave behind', async () => {
  const place = join(folder, 'many')
  const put = (path: string, text: string): void => writeFileSync(join(place, path), text)
  mkdirSync(join(place, 'live'), { recursive: true })
  mkdirSync(join(place, 'secret'))
  const [one, two, three, four] = ['one.test', '*.two.test', 'three.test', 'four.test'].map((name) =>
    serverCertificate(name),
  ) as [Certificate, Certificate, Certificate, Certificate]
  put('one.pem', one.key + one.certificate)
  put('two.crt', two.certificate)
  put('two.key', two.key)
  put('live/fullchain.pem', three.certificate)
  put('live/privkey.pem', three.key)
  put('secret/tls.crt', four.certificate)
  put('secret/tls.key', four.key)
  put('authority.pem', one.certificate)
  put('notes.txt', 'nothing')
  const certificates = new ServerCertificates(silentLog)
  const { table } = certificates
  const files = followCertificates({ place }, (found) => certificates.configure(found), silentLog, 2)
  for (const name of ['one.test', 'a.two.test', 'three.test', 'four.test']) {
    expect(table.find(name)).toBeDefined()
  }
  expect(table.find('five.test')).toBeUndefined()
  const five = serverCertificate('five.test')
  put('five.pem', five.certificate + five.key)
  await eventually(() => table.find('five.test') !== undefined)
  rmSync(join(place, 'five.pem'))
  await eventually(() => table.find('five.test') === undefined)
  files.stop()
})
