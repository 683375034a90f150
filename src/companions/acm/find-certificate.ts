import { AwsError } from '#aws/error.ts'
import type { Call } from '#aws/call.ts'
import type { Key, Transaction } from '#store/store.ts'
import { certificateKeyOf, certificateKind, type StoredCertificate } from './certificate-record.ts'

/** @throws AwsError InvalidArnException, ResourceNotFoundException */
export async function findCertificate(
  reader: Pick<Transaction, 'read'>,
  { account, region }: Call,
  arn: string,
): Promise<{ readonly key: Key; readonly stored: StoredCertificate }> {
  const key = certificateKeyOf(arn)
  if (key === undefined) throw new AwsError('InvalidArnException', `Invalid certificate ARN: ${arn}`)
  const stored = (await reader.read(certificateKind, key))?.value
  if (stored?.arn !== arn || key.account !== account || key.region !== region) {
    throw new AwsError('ResourceNotFoundException', `Could not find certificate ${arn}.`)
  }
  return { key, stored }
}
