import { randomUUID } from 'node:crypto'
import type { Call, Handlers } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type { AcmOperations } from '#aws/tables/acm.ts'
import { selfSignedCertificate, type KeyType } from '#base/self-signed-certificate.ts'
import type { Key, Transaction } from '#store/store.ts'
import { certificateDetail, certificateSummary } from './certificate-answers.ts'
import {
  certificateKeyKind,
  certificateKeyOf,
  certificateKind,
  keyPlace,
  type StoredCertificate,
} from './certificate-record.ts'
import { withTags } from './certificate-tags.ts'
import { checkedImport, invalid } from './checked-import.ts'
import { findCertificate } from './find-certificate.ts'
import type { AcmOptions } from './service.ts'

/** An account's quotas by default (ACM user guide, "Quotas"). */
const certificatesMax = 2500
const domainNamesMax = 10
const issuedDays = 395
const DAY_MS = 86_400_000
const tokenMs = 3_600_000
const pageItemsDefault = 1000
/** What a list shows where no key types are asked for (API reference, ListCertificates). */
const usualKeyTypes: readonly string[] = ['RSA_1024', 'RSA_2048']
const keyTypes: ReadonlySet<string> = new Set<KeyType>([
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'EC_prime256v1',
  'EC_secp384r1',
  'EC_secp521r1',
])
const DOMAIN_NAME = /^(\*\.)?(((?!-)[a-z0-9-]{0,62}[a-z0-9])\.)+((?!-)[a-z0-9-]{1,62}[a-z0-9])$/i

export function certificateOperations({ store, clock, sealer, users }: AcmOptions): Handlers<AcmOperations> {
  const write = (tx: Transaction, key: Key, stored: StoredCertificate, privateKey: string): void => {
    tx.write(certificateKind, key, stored)
    tx.write(certificateKeyKind, key, { key: sealer.seal(privateKey, keyPlace(key.id)) })
  }
  return {
    async ImportCertificate(input, call) {
      const now = clock.now()
      const {
        certificate,
        chain,
        key: privateKey,
      } = checkedImport(
        textOf(input.Certificate),
        textOf(input.PrivateKey),
        textOf(input.CertificateChain),
        now,
      )
      const { CertificateArn: again, Tags = [] } = input
      if (again !== undefined && Tags.length > 0) throw invalid('Tagging is not permitted on re-import.')
      const CertificateArn = again ?? newArn(call)
      const tags = withTags({}, Tags)
      await store.transact(async (tx) => {
        if (again === undefined) {
          const key = await newKey(tx, CertificateArn)
          const stored = {
            arn: CertificateArn,
            type: 'IMPORTED',
            certificate,
            chain,
            createdAt: now,
          } as const
          write(tx, key, { ...stored, importedAt: now, tags }, privateKey)
          return
        }
        const { key, stored } = await findCertificate(tx, call, again)
        if (stored.type !== 'IMPORTED') throw invalid(`The certificate ${again} was not imported.`)
        write(tx, key, { ...stored, certificate, chain, importedAt: now }, privateKey)
      })
      return { CertificateArn }
    },

    /**
     * Issued at once, and vouched for by nobody but itself: clients here are told to trust it, or not to look. Whose the
     * names are is nobody's to ask.
     */
    async RequestCertificate(input, call) {
      const { DomainName, SubjectAlternativeNames = [], ValidationMethod = 'EMAIL' } = input
      const names = [...new Set([DomainName, ...SubjectAlternativeNames].map((name) => name.toLowerCase()))]
      const wrong = names.find((name) => !DOMAIN_NAME.test(name))
      if (wrong !== undefined)
        throw new AwsError('InvalidDomainValidationOptionsException', `Invalid domain name: ${wrong}`)
      if (names.length > domainNamesMax) {
        throw new AwsError(
          'LimitExceededException',
          `A certificate is for at most ${domainNamesMax} domain names.`,
        )
      }
      if (input.CertificateAuthorityArn !== undefined) {
        throw invalid(
          'Private certificate authorities are not known here: leave CertificateAuthorityArn out.',
        )
      }
      const keyAlgorithm = input.KeyAlgorithm ?? 'RSA_2048'
      if (!keyTypes.has(keyAlgorithm)) throw invalid(`Certificates of ${keyAlgorithm} keys are not issued.`)
      const tags = withTags({}, input.Tags)
      const now = clock.now()
      const arn = newArn(call)
      const issued = await selfSignedCertificate(names[0] ?? '', now, now + issuedDays * DAY_MS, {
        dnsNames: names,
        keyType: keyAlgorithm as KeyType,
      })
      const { CertificateTransparencyLoggingPreference: transparencyLogging = 'ENABLED' } =
        input.Options ?? {}
      const token = input.IdempotencyToken
      return store.transact(async (tx) => {
        const known = token === undefined ? [] : await tx.list(certificateKind, { ...call, parent: '' })
        const same = known.find(
          ({ value: { request, createdAt } }) =>
            request?.idempotencyToken === token &&
            request?.domainName === names[0] &&
            now - createdAt < tokenMs,
        )
        if (same !== undefined) return { CertificateArn: same.value.arn }
        const key = await newKey(tx, arn)
        const stored: StoredCertificate = {
          arn,
          type: 'AMAZON_ISSUED',
          certificate: issued.certificate,
          chain: '',
          createdAt: now,
          request: {
            domainName: names[0] ?? '',
            validationMethod: ValidationMethod,
            keyAlgorithm,
            transparencyLogging,
            idempotencyToken: token,
          },
          tags,
        }
        write(tx, key, stored, issued.key)
        return { CertificateArn: arn }
      })
    },

    async DescribeCertificate({ CertificateArn }, call) {
      const { stored } = await findCertificate(store, call, CertificateArn)
      return { Certificate: certificateDetail(stored, (await users()).get(CertificateArn), clock.now()) }
    },

    async GetCertificate({ CertificateArn }, call) {
      const { certificate, chain } = (await findCertificate(store, call, CertificateArn)).stored
      return { Certificate: certificate, CertificateChain: chain === '' ? undefined : chain }
    },

    async ListCertificates(input, { account, region }) {
      const { CertificateStatuses = ['ISSUED', 'EXPIRED'], MaxItems = pageItemsDefault, NextToken } = input
      const wanted: readonly string[] = input.Includes?.keyTypes ?? usualKeyTypes
      const after = NextToken === undefined ? undefined : Buffer.from(NextToken, 'base64url').toString('utf8')
      const found = await store.list(certificateKind, { account, region, parent: '' }, { after })
      const using = await users()
      const shown = []
      for (const { id, value } of found) {
        const detail = certificateDetail(value, using.get(value.arn), clock.now())
        if (!wanted.includes(detail.KeyAlgorithm ?? '')) continue
        if (!CertificateStatuses.some((status) => status === detail.Status)) continue
        shown.push({ id, summary: certificateSummary(detail) })
        if (shown.length > MaxItems) break
      }
      const page = shown.slice(0, MaxItems)
      const last = page.at(-1)
      return {
        CertificateSummaryList: page.map(({ summary }) => summary),
        NextToken:
          shown.length > MaxItems && last !== undefined
            ? Buffer.from(last.id).toString('base64url')
            : undefined,
      }
    },

    async DeleteCertificate({ CertificateArn }, call) {
      const using = (await users()).get(CertificateArn) ?? []
      await store.transact(async (tx) => {
        const { key } = await findCertificate(tx, call, CertificateArn)
        if (using.length > 0) {
          throw new AwsError(
            'ResourceInUseException',
            `Certificate ${CertificateArn} is in use by ${using.join(', ')}.`,
          )
        }
        tx.delete(certificateKind, key)
        tx.delete(certificateKeyKind, key)
      })
      return {}
    },

    async UpdateCertificateOptions({ CertificateArn, Options }, call) {
      await store.transact(async (tx) => {
        const { key, stored } = await findCertificate(tx, call, CertificateArn)
        if (stored.request === undefined) throw invalid('Imported certificates have no options.')
        const { CertificateTransparencyLoggingPreference: transparencyLogging } = Options
        const request = { ...stored.request, ...(transparencyLogging && { transparencyLogging }) }
        tx.write(certificateKind, key, { ...stored, request })
      })
      return {}
    },
  }
}

/** Where a new certificate is to be kept. @throws AwsError LimitExceededException */
async function newKey(tx: Transaction, arn: string): Promise<Key> {
  const key = certificateKeyOf(arn) as Key
  if ((await tx.count(certificateKind, key)) >= certificatesMax) {
    throw new AwsError('LimitExceededException', `An account has at most ${certificatesMax} certificates.`)
  }
  return key
}

function newArn({ region, account }: Call): string {
  return `arn:aws:acm:${region}:${account}:certificate/${randomUUID()}`
}

function textOf(bytes: Uint8Array = new Uint8Array()): string {
  return Buffer.from(bytes).toString('utf8')
}
