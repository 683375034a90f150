import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog, type Log } from '#base/log.ts'
import { eventually } from '../../test/conformance/http/support/proxy.ts'
import { serverCertificate, type Certificate } from '../../test/support/certificates.ts'
import { followCertificateFiles } from './certificate-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
afterAll(() => rmSync(folder, { recursive: true }))
const certificateFile = join(folder, 'chain.pem')
const keyFile = join(folder, 'key.pem')

function write({ certificate, key }: Certificate): void {
  writeFileSync(certificateFile, certificate)
  writeFileSync(keyFile, key)
}

test('a renewed pair is taken, a broken one is not, and why is logged', async () => {
  const [one, two, three] = [serverCertificate('one'), serverCertificate('two'), serverCertificate('three')]
  const lines: string[] = []
  const note = (message: string, fields?: object): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { ...silentLog, info: note, warn: note }
  write(one)
  const files = followCertificateFiles(certificateFile, keyFile, log, 2)
  const first = files.certificates.find(undefined)

  writeFileSync(certificateFile, two.certificate)
  await eventually(() => lines.length === 1)
  expect(lines[0]).toMatch(/^renewed certificate not used; .*the default cannot be used: .*MISMATCH/)
  expect(files.certificates.find(undefined)).toBe(first as NonNullable<typeof first>)

  // The key of the certificate that is there already.
  writeFileSync(keyFile, two.key)
  await eventually(() => lines.length === 2)
  expect(lines[1]).toStartWith('certificate renewed ')
  expect(files.certificates.find(undefined)).not.toBe(first as NonNullable<typeof first>)

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
  expect(() => followCertificateFiles(certificateFile, keyFile, silentLog)).toThrow(/no PEM key/)
  expect(() => followCertificateFiles(join(folder, 'none'), keyFile, silentLog)).toThrow(
    /cannot read .*none \(ENOENT\)/,
  )
})
