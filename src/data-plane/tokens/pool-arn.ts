/** A user pool as an authorizer names it. */
export interface PoolName {
  /** `us-east-1_AbCdEf123` */
  readonly id: string
  /** The `iss` of its tokens on AWS. */
  readonly issuer: string
}

/** Nothing in it can lead to another host or path. */
const POOL_ARN = /^arn:(aws[a-z-]*):cognito-idp:([a-z]{2}(?:-[a-z]+)+-\d+):\d{12}:userpool\/([\w-]{1,55})$/

/** @param arn `arn:aws:cognito-idp:{region}:{account}:userpool/{id}` @throws RangeError for any other */
export function poolOf(arn: string): PoolName {
  const [, partition, region, id] = POOL_ARN.exec(arn) ?? []
  if (id === undefined) throw new RangeError(`expected the ARN of a user pool, found ${arn}`)
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  return { id, issuer: `https://cognito-idp.${region}.${domain}/${id}` }
}
