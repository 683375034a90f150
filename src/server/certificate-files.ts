import { readFileSync, statSync } from 'node:fs'
import type { Log } from '#base/log.ts'
import { CertificateError, CertificateTable } from '#http/tls/certificate-table.ts'

/** A certificate that follows its files. */
export interface CertificateFiles {
  readonly certificates: CertificateTable
  stop(): void
}

const CHECK_MS = 1000

/**
 * Reads a certificate chain and its key, PEM, and looks now and then whether they were renewed. A renewed pair is
 * served from the next handshake on; one that cannot be used is logged, and the old one goes on being served.
 * The files are looked at, not watched: a renewal often puts new files, or links to them, in place of the old ones.
 * @throws CertificateError when the first pair cannot be used
 */
export function followCertificateFiles(
  certificateFile: string,
  keyFile: string,
  log: Log,
  checkMs: number = CHECK_MS,
): CertificateFiles {
  let seen = stateOf(certificateFile, keyFile)
  const read = (): { fallback: { certificate: string; key: string } } => ({
    fallback: { certificate: textOf(certificateFile), key: textOf(keyFile) },
  })
  const certificates = new CertificateTable(read())
  const check = setInterval(() => {
    const state = stateOf(certificateFile, keyFile)
    if (state === seen) return
    seen = state
    try {
      certificates.swap(read())
      log.info('certificate renewed', { file: certificateFile })
    } catch (error) {
      const { message } = error as Error
      log.warn('renewed certificate not used; the old one is kept', {
        file: certificateFile,
        reason: message,
      })
    }
  }, checkMs)
  check.unref()
  return { certificates, stop: () => clearInterval(check) }
}

/** Changes whenever one of the files is written, replaced, or gone. */
function stateOf(...files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false })
      return stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`
    })
    .join()
}

/** @throws CertificateError */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CertificateError(`cannot read ${file} (${(error as { code?: string }).code})`)
  }
}
