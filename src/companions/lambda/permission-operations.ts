import { randomUUID } from 'node:crypto'
import type { Handlers } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type { AddPermissionRequest, LambdaOperations } from '#aws/tables/lambda.ts'
import { invalid } from './function-code.ts'
import { functionArn, type FunctionName } from './function-name.ts'
import { functionKey, functionKind, LATEST, policyKind, type PolicyRecord } from './function-record.ts'
import { policyBytesMax } from './limits.ts'
import { checkRevision, ownFunction, readFunction, type OperationsContext } from './operations-context.ts'
import type { PolicyStatement } from './resource-policy.ts'

/** AddPermission, RemovePermission, GetPolicy: who may invoke a function. */
export function permissionOperations({ store }: OperationsContext): Handlers<LambdaOperations> {
  return {
    async AddPermission(input, call) {
      const name = ownFunction(input.FunctionName, input.Qualifier, call)
      if (name.qualifier === LATEST) throw invalid('We currently do not support adding policies for $LATEST.')
      const statement = statementOf(input, functionArn(name))
      await store.transact(async (tx) => {
        await readFunction(tx, name)
        const before = await tx.read(policyKind, functionKey(name))
        checkRevision(input.RevisionId, before?.value.revisionId ?? '', 'GetPolicy')
        const statements = before?.value.statements ?? []
        if (statements.some(({ Sid }) => Sid === statement.Sid)) {
          throw new AwsError(
            'ResourceConflictException',
            `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
            409,
          )
        }
        const record = { statements: [...statements, statement], revisionId: randomUUID() }
        if (policyText(record).length > policyBytesMax) {
          throw new AwsError(
            'PolicyLengthExceededException',
            `The final policy size (${policyText(record).length}) is bigger than the limit (${policyBytesMax}).`,
          )
        }
        tx.write(policyKind, functionKey(name), record)
      })
      return { Statement: JSON.stringify(statement) }
    },

    async RemovePermission(input, call) {
      const name = ownFunction(input.FunctionName, input.Qualifier, call)
      await store.transact(async (tx) => {
        // Recorded on AWS: which of the two is missing decides the message.
        if ((await tx.read(functionKind, functionKey(name))) === undefined) {
          throw notFound(`No policy found for: ${functionArn(name, name.qualifier)}`)
        }
        const before = (await tx.read(policyKind, functionKey(name)))?.value
        if (before === undefined || isVersion(name))
          throw notFound('No policy is associated with the given resource.')
        checkRevision(input.RevisionId, before.revisionId, 'GetPolicy')
        const statements = before.statements.filter(({ Sid }) => Sid !== input.StatementId)
        if (statements.length === before.statements.length) {
          throw notFound(`Statement ${input.StatementId} is not found in resource policy.`)
        }
        if (statements.length === 0) tx.delete(policyKind, functionKey(name))
        else tx.write(policyKind, functionKey(name), { statements, revisionId: randomUUID() })
      })
      return {}
    },

    async GetPolicy(input, call) {
      const name = ownFunction(input.FunctionName, input.Qualifier, call)
      const found = isVersion(name) ? undefined : await store.read(policyKind, functionKey(name))
      if (found === undefined) throw notFound('The resource you requested does not exist.')
      return { Policy: policyText(found.value), RevisionId: found.value.revisionId }
    },
  }
}

function isVersion({ qualifier }: FunctionName): boolean {
  return qualifier !== undefined && qualifier !== LATEST
}

function policyText({ statements }: Pick<PolicyRecord, 'statements'>): string {
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements })
}

/** The statement that a permission makes, members in AWS's order (recorded on AWS). */
function statementOf(input: AddPermissionRequest, resource: string): PolicyStatement {
  const equals: Record<string, string> = {}
  if (input.SourceAccount !== undefined) equals['AWS:SourceAccount'] = input.SourceAccount
  if (input.FunctionUrlAuthType !== undefined)
    equals['lambda:FunctionUrlAuthType'] = input.FunctionUrlAuthType
  if (input.EventSourceToken !== undefined) equals['lambda:EventSourceToken'] = input.EventSourceToken
  if (input.PrincipalOrgID !== undefined) equals['aws:PrincipalOrgID'] = input.PrincipalOrgID
  const conditions = {
    ...(Object.keys(equals).length === 0 ? {} : { StringEquals: equals }),
    ...(input.SourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': input.SourceArn } }),
  }
  return {
    Sid: input.StatementId,
    Effect: 'Allow',
    Principal: principalOf(input.Principal),
    Action: input.Action,
    Resource: resource,
    ...(Object.keys(conditions).length === 0 ? {} : { Condition: conditions }),
  }
}

function principalOf(given: string): PolicyStatement['Principal'] {
  if (given === '*') return '*'
  if (/^\d{12}$/.test(given)) return { AWS: `arn:aws:iam::${given}:root` }
  if (/^arn:aws[a-z-]*:(iam|sts)::\d{12}:./.test(given)) return { AWS: given }
  if (/^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(given)) return { Service: given }
  throw invalid('The provided principal was invalid. Please check the principal and try again.')
}

function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message, 404)
}
