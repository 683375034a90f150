import { badRequest } from './errors.ts'

/** @throws BadRequestException, worded as AWS does */
export function checkedArn(arn = ''): string {
  if (!arn.startsWith('arn:')) {
    throw badRequest(`Invalid ARN specified in the request. ARNs must start with 'arn:': ${arn}`)
  }
  return wellFormedArn(arn)
}

/** For what says the same of every ARN that it cannot read. @throws BadRequestException */
export function wellFormedArn(arn: string): string {
  if (!/^arn:(?:[^:]*:){4}./.test(arn)) throw badRequest(`Invalid ARN. ARN is not well formed ${arn}`)
  return arn
}
