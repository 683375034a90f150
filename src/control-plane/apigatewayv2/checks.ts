import type { Diagnostic } from '#base/diagnostic.ts'
import { MappingError, parseMapping } from '#languages/parameter-mapping/expression.ts'
import { parseRequestTarget } from '#languages/parameter-mapping/target.ts'
import { checkSelection, type SelectionPlace } from '#languages/selection/selection-expression.ts'
import type { ProtocolType } from '#model/http-api.ts'
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

/**
 * An integration's `credentialsArn`, of which a stage variable may be a part: it is known when a stage is deployed.
 * Developer guide, "API Gateway stage variables reference". @throws BadRequestException
 */
export function checkCredentialsArn(arn: string | undefined): void {
  if (arn === undefined || /^arn:[^:]+:iam::\d{12}:.*\$\{stageVariables\.\w+\}/.test(arn)) return
  checkRoleArn('credentialsArn', arn)
}

/** Members that are there, though APIs of the protocol have none. @throws BadRequestException */
export function checkUnsupported(protocol: ProtocolType, members: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(members)) {
    // The wording is AWS's for stages: hashicorp/terraform-provider-aws#13801.
    if (value !== undefined) throw badRequest(`${name} is not supported on protocolType ${protocol}`)
  }
}

/** @throws BadRequestException */
export function checkSelectionMember(name: string, text: string | undefined, place: SelectionPlace): void {
  if (text !== undefined) refuse(name, text, checkSelection(text, place))
}

/** What a language finds wrong with a text. @throws BadRequestException */
export function refuse(name: string, text: string, found: readonly Diagnostic[]): void {
  const [first] = found
  if (first === undefined) return
  const where = [text, first.where].filter((part) => part).join(': ')
  throw badRequest(`Invalid ${name} specified: ${where}. ${first.message}`)
}

/** `route.request.header.auth`: what a route may say of a request's parameters. */
const declaration = /^route\.(?:request\.(?:header|querystring)|response\.header)\.[a-zA-Z0-9._$-]+$/

/** @throws BadRequestException */
export function checkDeclarations(
  name: string,
  parameters: Readonly<Record<string, unknown>> | undefined,
): void {
  for (const key of Object.keys(parameters ?? {})) {
    if (!declaration.test(key)) {
      throw badRequest(
        `Invalid ${name} specified: ${key}. Expected route.request.header.{name} or route.request.querystring.{name}`,
      )
    }
  }
}

/** Parameters that a WebSocket API's integration maps from its messages. @throws BadRequestException */
export function checkMessageMappings(mappings: Readonly<Record<string, string>> | undefined): void {
  for (const [target, text] of Object.entries(mappings ?? {})) {
    readMapping(target, text, () => {
      parseRequestTarget(target)
      parseMapping(text, 'route.request')
    })
  }
}

const responseHeader = /^(?:method|route)\.response\.header\.[a-zA-Z0-9._$-]+$/

/** Parameters that a WebSocket API's answer is given. @throws BadRequestException */
export function checkAnswerMappings(mappings: Readonly<Record<string, string>> | undefined): void {
  for (const [target, text] of Object.entries(mappings ?? {})) {
    if (!responseHeader.test(target)) {
      throw badRequest(
        `Invalid mapping expression parameter specified: ${target}. Expected method.response.header.{name}`,
      )
    }
    readMapping(target, text, () => parseMapping(text, 'integration.response'))
  }
}

function readMapping(target: string, text: string, read: () => void): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof MappingError)) throw error
    throw badRequest(`Invalid mapping expression specified: ${target}: ${text}. ${error.message}`)
  }
}
