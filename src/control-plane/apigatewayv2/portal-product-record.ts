import type { Call } from '#aws/call.ts'
import type { CreatePortalProductResponse, DisplayOrder as OrderInput } from '#aws/tables/apigatewayv2.ts'
import { principalOf } from '#languages/policy/caller.ts'
import { compilePolicy } from '#languages/policy/compile.ts'
import { policyKinds } from '#languages/policy/kinds.ts'
import { readPolicy } from '#languages/policy/read.ts'
import { requestContext } from '#languages/policy/request.ts'
import type { DisplayOrder, PortalProduct } from '#model/portal.ts'
import { records } from '#model/records.ts'
import { notFound } from '../apigateway/errors.ts'
import type { Reader } from '../apigateway/find.ts'
import { topLevelKey, type Place } from '../apigateway/keys.ts'

/** A product, and whose it is. */
export interface FoundProduct {
  readonly product: PortalProduct
  /** The owner's account. */
  readonly place: Place
}

/** The caller's own. @throws NotFoundException */
export async function findProduct(reader: Reader, place: Place, id: string): Promise<PortalProduct> {
  const found = await reader.read(records.portalProduct, topLevelKey(place, id))
  if (found === undefined) throw notFound(`Invalid PortalProduct identifier specified ${id}`)
  return found.value
}

/**
 * The caller's own, or another account's that is shared with the caller: who may not read one is not told that it is there.
 * @param owner account; undefined: the caller's
 * @throws NotFoundException
 */
export async function findReadableProduct(
  reader: Reader,
  call: Call,
  id: string,
  owner: string = call.account,
  partition: string,
): Promise<FoundProduct> {
  const place = { account: owner, region: call.region }
  const product = await findProduct(reader, place, id)
  if (!mayRead(product, place, call, partition)) {
    throw notFound(`Invalid PortalProduct identifier specified ${id}`)
  }
  return { product, place }
}

/** Characters of a sharing policy (AWS's service model). */
export const sharingPolicyMax: number = 307_200

const READ = 'apigateway:GetPortalProduct'

/** Whether the product is the caller's, or its sharing policy lets the caller have it. */
export function mayRead(
  { sharingPolicy, portalProductId }: PortalProduct,
  place: Place,
  { account, principal }: Call,
  partition: string,
): boolean {
  if (place.account === account) return true
  const { policy } = readPolicy(sharingPolicy ?? '', policyKinds.resource, { textMax: sharingPolicyMax })
  if (policy === undefined) return false
  const { caller, arn, userId } = principal
  const request = {
    principal: caller === undefined ? { account: principal.account, arn, userId } : principalOf(caller),
    action: READ,
    resource: productArn(partition, place, portalProductId),
    context: requestContext({ 'aws:PrincipalAccount': principal.account, 'aws:PrincipalArn': arn }),
  }
  return compilePolicy(policy)(request).decision === 'allow'
}

export function productArn(partition: string, { account, region }: Place, id: string): string {
  return `arn:${partition}:apigateway:${region}:${account}:/portalproducts/${id}`
}

/** @returns undefined for what is no product's ARN in the place's region */
export function productOfArn(
  partition: string,
  { region }: Place,
  arn: string,
): { readonly account: string; readonly id: string } | undefined {
  const [, account, id] = /:(\d{12}):\/portalproducts\/([a-z0-9]{1,30})$/.exec(arn) ?? []
  if (account === undefined || id === undefined) return undefined
  return productArn(partition, { account, region }, id) === arn ? { account, id } : undefined
}

export function productOutput(
  product: PortalProduct,
  place: Place,
  partition: string,
): CreatePortalProductResponse {
  const { portalProductId, displayName, description, displayOrder, lastModified, tags } = product
  return {
    PortalProductArn: productArn(partition, place, portalProductId),
    PortalProductId: portalProductId,
    DisplayName: displayName,
    Description: description,
    DisplayOrder: displayOrder && orderOutput(displayOrder),
    LastModified: lastModified,
    Tags: tags ?? {},
  }
}

function orderOutput({ overviewPageArn, productPageArns, contents }: DisplayOrder): OrderInput {
  return {
    OverviewPageArn: overviewPageArn,
    ProductPageArns: productPageArns,
    Contents: contents.map(({ sectionName, productRestEndpointPageArns }) => ({
      SectionName: sectionName,
      ProductRestEndpointPageArns: productRestEndpointPageArns,
    })),
  }
}
