import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { hostNamesOf } from '#base/certificate-facts.ts'
import type { Log } from '#base/log.ts'
import { DerError } from '#base/read-der.ts'
import { readRevocationLists } from '#http/tls/revocation-list.ts'
import { CertificateError } from '#http/tls/certificate-table.ts'
import type { CertificatePair, ConfiguredCertificates } from './server-certificates.ts'

export interface CertificatePlaces {
  /** For names that have no other. */
  readonly fallback?: { readonly certificateFile: string; readonly keyFile: string } | undefined
  /**
   * A folder, or one file. Each file that begins a chain and holds its key is a pair; a chain `a.pem` or `a.crt` also
   * goes with the key `a.key`, and a folder in it is one pair: `fullchain.pem` and `privkey.pem`, or `tls.crt` and
   * `tls.key`, as tools that renew certificates leave them.
   */
  readonly place?: string | undefined
  /** A file, or a folder of files, of lists of client certificates that were taken back, PEM. */
  readonly revocationLists?: string | undefined
}

/** Certificates that follow their files. */
export interface FollowedCertificates {
  stop(): void
}

const CHECK_MS = 1000

/**
 * Reads certificates, and looks now and then whether they were renewed: they are served from the next handshake on. What
 * cannot be used is logged, and the old ones go on being served. The files are looked at, not watched: a renewal often
 * puts new files, or links to them, in place of the old ones.
 * @throws CertificateError when the first ones cannot be used
 */
export function followCertificates(
  places: CertificatePlaces,
  serve: (found: ConfiguredCertificates) => void,
  log: Log,
  checkMs: number = CHECK_MS,
): FollowedCertificates {
  let seen = stateOf(filesOf(places))
  serve(readAll(places))
  const check = setInterval(() => {
    const file = places.fallback?.certificateFile ?? places.place
    try {
      const state = stateOf(filesOf(places))
      if (state === seen) return
      seen = state
      serve(readAll(places))
      log.info('certificate renewed', { file })
    } catch (error) {
      const { message } = error as Error
      log.warn('renewed certificate not used; the old one is kept', { file, reason: message })
    }
  }, checkMs)
  check.unref()
  return { stop: () => clearInterval(check) }
}

/** @throws CertificateError */
function readAll({ fallback, place, revocationLists }: CertificatePlaces): ConfiguredCertificates {
  const byName = new Map<string, CertificatePair>()
  for (const [certificateFile, keyFile] of place === undefined ? [] : pairsIn(place)) {
    const pair = readPair(certificateFile, keyFile)
    // Of two for one name the one that lasts longer is the renewed one.
    for (const name of namesOf(pair, certificateFile)) {
      const known = byName.get(name)
      if (known === undefined || endOf(known) < endOf(pair)) byName.set(name, pair)
    }
  }
  return {
    fallback: fallback && readPair(fallback.certificateFile, fallback.keyFile),
    byName,
    revoked: revocationLists === undefined ? undefined : readRevocations(revocationLists),
  }
}

/** @throws CertificateError */
function readRevocations(place: string): Set<string> {
  const revoked = new Set<string>()
  for (const file of filesAt(place)) {
    try {
      for (const key of readRevocationLists(textOf(file))) revoked.add(key)
    } catch (error) {
      if (!(error instanceof DerError)) throw error
      throw new CertificateError(`${file} holds a revocation list that cannot be read: ${error.message}`)
    }
  }
  return revoked
}

/** The file, or those of the folder. */
function filesAt(place: string): string[] {
  if (!isFolder(place)) return [place]
  return entriesOf(place)
    .map((entry) => join(place, entry))
    .filter((path) => !isFolder(path))
}

function readPair(certificateFile: string, keyFile: string): CertificatePair {
  return { certificate: textOf(certificateFile), key: textOf(keyFile) }
}

const FOLDER_PAIRS = [
  ['fullchain.pem', 'privkey.pem'],
  ['tls.crt', 'tls.key'],
] as const
const CHAIN_FILE = /\.(pem|crt|cer)$/
const BEGINS_CHAIN = /^-----BEGIN CERTIFICATE-----/m
const HOLDS_KEY = /^-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/m

/** @throws CertificateError when there is nothing at `place` */
function pairsIn(place: string): [certificateFile: string, keyFile: string][] {
  if (!isFolder(place)) return [[place, keyFileOf(place, textOf(place))]]
  return entriesOf(place).flatMap((entry): [string, string][] => {
    const path = join(place, entry)
    if (isFolder(path)) {
      return FOLDER_PAIRS.map(([chain, key]): [string, string] => [
        join(path, chain),
        join(path, key),
      ]).filter((files) => files.every(isThere))
    }
    if (!CHAIN_FILE.test(entry)) return []
    const text = textOf(path)
    const keyFile = keyFileOf(path, text)
    // A chain whose key is elsewhere, or a key beside its chain, is nothing to serve by itself.
    return BEGINS_CHAIN.test(text) && isThere(keyFile) ? [[path, keyFile]] : []
  })
}

function keyFileOf(certificateFile: string, text: string): string {
  return HOLDS_KEY.test(text) ? certificateFile : certificateFile.replace(/\.[^.]+$/, '.key')
}

/** Those of the certificate's alternative names, else its common name. @throws CertificateError */
function namesOf({ certificate }: CertificatePair, file: string): string[] {
  const parsed = parsedOf(certificate)
  if (parsed === undefined) throw new CertificateError(`${file} holds no certificate that can be read`)
  return hostNamesOf(parsed).map((name) => name.toLowerCase())
}

function endOf({ certificate }: CertificatePair): number {
  return parsedOf(certificate)?.validToDate.getTime() ?? 0
}

function parsedOf(certificate: string): X509Certificate | undefined {
  try {
    return new X509Certificate(certificate)
  } catch {
    return undefined
  }
}

function filesOf({ fallback, place, revocationLists }: CertificatePlaces): string[] {
  const files = [
    ...(fallback === undefined ? [] : [fallback.certificateFile, fallback.keyFile]),
    ...(revocationLists === undefined ? [] : filesAt(revocationLists)),
  ]
  if (place === undefined) return files
  if (!isFolder(place)) return [...files, place, keyFileOf(place, '')]
  const entries = entriesOf(place).map((entry) => join(place, entry))
  return [
    ...files,
    ...entries.flatMap((path) =>
      isFolder(path) ? FOLDER_PAIRS.flat().map((name) => join(path, name)) : path,
    ),
  ]
}

/** Changes whenever one of the files is written, replaced, or gone, or another one comes. */
function stateOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false })
      const state = stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`
      return `${file} ${state}`
    })
    .join('\n')
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined
}

function isFolder(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Without what is hidden, such as the folders between which Kubernetes switches. */
function entriesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((entry) => !entry.startsWith('.'))
    .toSorted()
}

/** @throws CertificateError */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CertificateError(`cannot read ${file} (${(error as { code?: string }).code})`)
  }
}
