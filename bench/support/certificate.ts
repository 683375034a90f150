import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A self-signed certificate for 127.0.0.1 and localhost, PEM (ECDSA P-256). */
export interface Certificate {
  readonly certificate: string
  readonly key: string
}

/** As the servers here are given it: `certificate.pem` and `key.pem`; none when there is none. */
export function certificateFiles(made: Certificate | undefined): Readonly<Record<string, string>> {
  return made === undefined ? {} : { 'certificate.pem': made.certificate, 'key.pem': made.key }
}

/** @returns undefined when there is no openssl to make one */
export async function makeCertificate(): Promise<Certificate | undefined> {
  if (Bun.which('openssl') === null) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  try {
    const words =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7 -subj /CN=localhost ' +
      '-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out certificate.pem'
    const child = Bun.spawn(['openssl', ...words.split(' ')], {
      cwd: folder,
      stdout: 'ignore',
      stderr: 'ignore',
    })
    if ((await child.exited) !== 0) throw new Error('openssl req failed')
    return {
      certificate: await Bun.file(join(folder, 'certificate.pem')).text(),
      key: await Bun.file(join(folder, 'key.pem')).text(),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
