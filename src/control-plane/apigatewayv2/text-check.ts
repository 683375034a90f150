import { badRequest } from '../apigateway/errors.ts'

/** @param name of the member, for the refusal. @throws BadRequestException */
export function checkText(name: string, text: string | undefined, charactersMax: number): void {
  if (text === undefined || text.length <= charactersMax) return
  throw badRequest(
    `Invalid ${name} specified: expected at most ${charactersMax} characters, found ${text.length}`,
  )
}

/** @param noun for the refusal. @throws BadRequestException for what is no ARN of a role that can be assumed */
export function checkRoleArn(noun: string, arn: string | undefined): void {
  if (arn === undefined || /^arn:[^:]+:iam::(?:\d{12}:role\/.+|\*:user\/\*)$/.test(arn)) return
  throw badRequest(`Invalid ${noun} specified: ${arn}. Expected the ARN of an IAM role`)
}
