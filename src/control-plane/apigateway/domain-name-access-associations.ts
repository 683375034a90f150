import type { Call, Handlers } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { principalOf } from '#languages/policy/caller.ts'
import { compilePolicy } from '#languages/policy/compile.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import { requestContext } from '#languages/policy/request.ts'
import type { DomainName, DomainNameAccessAssociation } from '#model/domain-name.ts'
import { records } from '#model/records.ts'
import { domainNameArn } from './domain-name-record.ts'
import { findDomainName, type DomainNameId } from './domain-name-changes.ts'
import type { Environment } from './environment.ts'
import { badRequest, conflict, notFound } from './errors.ts'
import type { Reader } from './find.ts'
import { topLevelKey, topLevelOf, type Place } from './keys.ts'
import { listPage, pageRequest } from './paging.ts'

type Operations = ApiGatewayOperations

export function domainNameAccessAssociations({ store, partition }: Environment): Handlers<Operations> {
  /** The same for those who want to associate an endpoint of theirs: another account's where its owner lets them. */
  const findShared = async (reader: Reader, call: Call, arn: string): Promise<DomainName> => {
    const owner = accountOf(arn)
    if (owner === undefined || owner === call.account) return findPrivate(reader, call, arn)
    try {
      const domain = await findPrivate(reader, { ...call, account: owner }, arn)
      if (mayAssociate(domain.managementPolicy, call, arn)) return domain
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      // Who may not is not told what there is.
    }
    throw new AwsError('AccessDeniedException', denial(call, arn), 403)
  }
  /** The private domain name of an ARN, which must be the caller's own. */
  const findPrivate = async (reader: Reader, place: Place, arn: string): Promise<DomainName> => {
    const id = privateDomainNameId(arn)
    if (id === undefined) {
      throw badRequest(
        `Invalid ARN specified in the request: ${arn}. Expected the ARN of a private domain name`,
      )
    }
    const domain = await findDomainName(reader, place, id)
    if (domainNameArn(domain, { ...place, partition }) !== arn) {
      throw notFound('Invalid domain name identifier specified')
    }
    return domain
  }
  return {
    async CreateDomainNameAccessAssociation(input, call) {
      const { accessAssociationSource, accessAssociationSourceType, domainNameArn: domainArn } = input
      if (!/^vpce-[a-z0-9]{1,64}$/.test(accessAssociationSource)) {
        throw badRequest(
          `Invalid access association source specified: ${accessAssociationSource}. Expected a VPC endpoint id`,
        )
      }
      return store.transact(async (tx) => {
        const { domainName } = await findShared(tx, call, domainArn)
        const association: DomainNameAccessAssociation = {
          domainNameAccessAssociationArn: `arn:${partition}:apigateway:${call.region}:${call.account}:/domainnameaccessassociations/domainname/${domainName}/vpcesource/${accessAssociationSource}`,
          domainNameArn: domainArn,
          accessAssociationSourceType,
          accessAssociationSource,
          tags: input.tags,
        }
        const key = topLevelKey(call, recordId(association.domainNameAccessAssociationArn))
        if ((await tx.read(records.domainNameAccessAssociation, key)) !== undefined) {
          throw conflict('Domain name access association already exists')
        }
        tx.create(records.domainNameAccessAssociation, key, association)
        return association
      })
    },

    /** Those of others are the ones with the caller's domain names, all on one page: few share them. */
    async GetDomainNameAccessAssociations(input, call) {
      const request = pageRequest(input)
      if (input.resourceOwner === 'OTHER_ACCOUNTS') {
        const all = await store.scan(records.domainNameAccessAssociation)
        const isOfOthers = ({ key, value }: (typeof all)[number]): boolean =>
          key.account !== call.account &&
          key.region === call.region &&
          accountOf(value.domainNameArn) === call.account
        return { items: all.filter(isOfOthers).map(({ value }) => value) }
      }
      const { page, position } = await listPage(
        store,
        records.domainNameAccessAssociation,
        topLevelOf(call),
        request,
      )
      return { items: page, position }
    },

    async DeleteDomainNameAccessAssociation({ domainNameAccessAssociationArn: arn }, call) {
      await store.transact(async (tx) => {
        await findAssociation(tx, call, arn)
        tx.delete(records.domainNameAccessAssociation, topLevelKey(call, recordId(arn)))
      })
      return {}
    },

    /** The owner of the domain name ends an association; whoever made it would have to make it again. */
    async RejectDomainNameAccessAssociation(input, call) {
      await store.transact(async (tx) => {
        await findPrivate(tx, call, input.domainNameArn)
        const arn = input.domainNameAccessAssociationArn
        const place = { ...call, account: accountOf(arn) ?? call.account }
        const association = await findAssociation(tx, place, arn)
        if (association.domainNameArn !== input.domainNameArn) throw unknownAssociation()
        tx.delete(records.domainNameAccessAssociation, topLevelKey(place, recordId(arn)))
      })
      return {}
    },
  }
}

const CREATE = 'apigateway:CreateAccessAssociation'

/**
 * Whether the owner of a private domain name lets another account associate its VPC endpoints. Developer guide, "API provider:
 * Share your private custom domain name using the API Gateway AWS CLI".
 */
function mayAssociate(managementPolicy: string | undefined, { principal }: Call, resource: string): boolean {
  const { policy } = readPolicy(managementPolicy ?? '', policyKinds.resource)
  if (policy === undefined) return false
  const { caller, account, arn, userId } = principal
  const request = {
    principal: caller === undefined ? { account, arn, userId } : principalOf(caller),
    action: CREATE,
    resource,
    context: requestContext({ 'aws:PrincipalAccount': account, 'aws:PrincipalArn': arn }),
  }
  return compilePolicy(policy)(request).decision === 'allow'
}

function denial({ principal }: Call, arn: string): string {
  return `User: ${principal.arn} is not authorized to perform: ${CREATE} on resource: ${arn}`
}

function accountOf(arn: string): string | undefined {
  return /^arn:[^:]+:apigateway:[^:]*:(\d{12}):/.exec(arn)?.[1]
}

/** @throws NotFoundException */
async function findAssociation(
  reader: Reader,
  place: Place,
  arn: string,
): Promise<DomainNameAccessAssociation> {
  const found = await reader.read(records.domainNameAccessAssociation, topLevelKey(place, recordId(arn)))
  if (found?.value.domainNameAccessAssociationArn !== arn) throw unknownAssociation()
  return found.value
}

/** `domainname/{domain}/vpcesource/{endpoint}`; the whole text when it is no such ARN. */
function recordId(arn: string): string {
  const path = ':/domainnameaccessassociations/'
  const at = arn.indexOf(path)
  return at === -1 ? arn : arn.slice(at + path.length)
}

function unknownAssociation() {
  return notFound('Invalid domain name access association identifier specified')
}

function privateDomainNameId(arn: string): Required<DomainNameId> | undefined {
  const match = /^arn:[^:]+:apigateway:[^:]+:\d{12}:\/domainnames\/([^/+]+)\+([^/+]+)$/.exec(arn)
  if (match === null) return undefined
  const [, domainName = '', domainNameId = ''] = match
  return { domainName, domainNameId }
}
