import type { Handlers } from '#aws/call.ts'
import type { CognitoIdpOperations, DomainDescriptionType } from '#aws/tables/cognito-idp.ts'
import type { Transaction, Versioned } from '#store/store.ts'
import { readPool, type Pool, type PoolsContext } from './context.ts'
import { invalidParameter, notFound } from './errors.ts'
import { domainKind, everywhere, idKey, type DomainRecord } from './records.ts'

const PREFIX = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const CUSTOM = /^(?=.{1,63}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/
const RESERVED = /aws|amazon|cognito/

/** Names of a pool's token endpoint: a prefix of AWS's, or one's own. */
export function domainOperations({ store }: PoolsContext): Handlers<CognitoIdpOperations> {
  return {
    async CreateUserPoolDomain({ Domain, UserPoolId, ManagedLoginVersion, CustomDomainConfig }, call) {
      const isCustom = CustomDomainConfig !== undefined
      checkName(Domain, isCustom)
      const record: DomainRecord = {
        poolId: UserPoolId,
        certificateArn: CustomDomainConfig?.CertificateArn,
        managedLoginVersion: ManagedLoginVersion ?? 1,
      }
      await store.transact(async (tx) => {
        await readPool(tx, call, UserPoolId)
        if ((await tx.read(domainKind, idKey(Domain))) !== undefined) {
          throw invalidParameter('Domain already exists.')
        }
        const own = await domainsOf(tx, UserPoolId)
        if (own.some(({ value }) => (value.certificateArn !== undefined) === isCustom)) {
          throw invalidParameter('User pool already has a domain configured.')
        }
        tx.create(domainKind, idKey(Domain), record)
      })
      return { ManagedLoginVersion: record.managedLoginVersion, ...distribution(record) }
    },

    /** Of one that is not there, or is somebody else's, nothing is said. */
    async DescribeUserPoolDomain({ Domain }, call) {
      const record = (await store.read(domainKind, idKey(Domain)))?.value
      if (record === undefined) return { DomainDescription: {} }
      const pool = await readPool(store, call, record.poolId).catch(() => undefined)
      return { DomainDescription: pool === undefined ? {} : shown(Domain, record, pool) }
    },

    async UpdateUserPoolDomain({ Domain, UserPoolId, ManagedLoginVersion, CustomDomainConfig }, call) {
      const record = await store.transact(async (tx) => {
        await readPool(tx, call, UserPoolId)
        const before = await readDomain(tx, Domain, UserPoolId)
        const after: DomainRecord = {
          ...before,
          certificateArn: CustomDomainConfig?.CertificateArn ?? before.certificateArn,
          managedLoginVersion: ManagedLoginVersion ?? before.managedLoginVersion,
        }
        tx.write(domainKind, idKey(Domain), after)
        return after
      })
      return { ManagedLoginVersion: record.managedLoginVersion, ...distribution(record) }
    },

    async DeleteUserPoolDomain({ Domain, UserPoolId }, call) {
      await store.transact(async (tx) => {
        await readPool(tx, call, UserPoolId)
        await readDomain(tx, Domain, UserPoolId)
        tx.delete(domainKind, idKey(Domain))
      })
      return {}
    },
  }
}

/** @throws AwsError InvalidParameterException */
function checkName(name: string, isCustom: boolean): void {
  if (isCustom ? CUSTOM.test(name) : PREFIX.test(name) && !RESERVED.test(name)) return
  throw invalidParameter(
    isCustom
      ? `Expected a domain name such as auth.example.com, found ${name}`
      : `Expected up to 63 lower-case letters, digits and hyphens, without aws, amazon and cognito, found ${name}`,
  )
}

export async function domainsOf(
  source: Pick<Transaction, 'list'>,
  poolId: string,
): Promise<readonly Versioned<DomainRecord>[]> {
  return (await source.list(domainKind, everywhere)).filter(({ value }) => value.poolId === poolId)
}

async function readDomain(
  source: Pick<Transaction, 'read'>,
  name: string,
  poolId: string,
): Promise<DomainRecord> {
  const found = (await source.read(domainKind, idKey(name)))?.value
  if (found?.poolId !== poolId) throw notFound(`Domain ${name} does not exist.`)
  return found
}

/** There is none: the name of AWS's is told where clients wait for one. */
function distribution({ certificateArn, poolId }: DomainRecord): { readonly CloudFrontDomain?: string } {
  return certificateArn === undefined ? {} : { CloudFrontDomain: cloudFrontOf(poolId) }
}

const cloudFrontOf = (poolId: string): string =>
  `${poolId.toLowerCase().replace(/[^a-z0-9]/g, '')}.cloudfront.net`

function shown(name: string, record: DomainRecord, { record: pool }: Pool): DomainDescriptionType {
  const { poolId, certificateArn, managedLoginVersion } = record
  return {
    UserPoolId: poolId,
    AWSAccountId: pool.account,
    Domain: name,
    CloudFrontDistribution: cloudFrontOf(poolId),
    Status: 'ACTIVE',
    CustomDomainConfig: certificateArn === undefined ? undefined : { CertificateArn: certificateArn },
    ManagedLoginVersion: managedLoginVersion,
  }
}
