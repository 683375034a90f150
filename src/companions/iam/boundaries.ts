import type { AttachedPermissionsBoundary } from '#aws/tables/iam.ts'
import { managedDocument, type Reader } from './iam-context.ts'
import { noSuchEntity } from './iam-error.ts'

/** @throws AwsError when the boundary is no policy that there is */
export async function checkBoundary(source: Reader, account: string, arn: string | undefined): Promise<void> {
  if (arn === undefined || (await managedDocument(source, account, arn)) !== undefined) return
  throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)
}

export function boundaryOf({
  boundary,
}: {
  readonly boundary?: string | undefined
}): AttachedPermissionsBoundary | undefined {
  return boundary === undefined
    ? undefined
    : { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: boundary }
}
