import type { Call } from '#aws/call.ts'

/** What documents may leave open (developer guide, "AWS variables for OpenAPI import"). */
export function documentVariables(
  partition: string,
  { account, region }: Pick<Call, 'account' | 'region'>,
): Readonly<Record<string, string>> {
  return {
    'AWS::AccountId': account,
    'AWS::Partition': partition,
    'AWS::Region': region,
    'AWS::URLSuffix': partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
  }
}

/** Stand for where a document will be imported, as long as nobody knows. */
export const checkedPlace: { readonly account: string; readonly region: string } = {
  account: '000000000000',
  region: 'us-east-1',
}
