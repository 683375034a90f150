import { randomUUID } from 'node:crypto'
import type { Handlers } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type { LambdaOperations } from '#aws/tables/lambda.ts'
import type { Store, Transaction } from '#store/store.ts'
import { invalid, LOCAL_BUCKET, receiveCode, type ReceivedCode } from './function-code.ts'
import { parseNewFunctionName } from './function-name.ts'
import {
  configurationOf,
  functionKey,
  functionKind,
  LATEST,
  ownFunctions,
  policyKind,
  type FunctionRecord,
} from './function-record.ts'
import { settle } from './function-settings.ts'
import {
  checkRevision,
  functionNotFound,
  ownFunction,
  readFunction,
  type OperationsContext,
} from './operations-context.ts'

const PAGE_MAX = 50

/** CreateFunction, and what is asked of functions afterwards. */
export function functionOperations(context: OperationsContext): Handlers<LambdaOperations> {
  const { store, clock, codeFolders, allowLocalFolders, codeWrites } = context
  const stamp = (): Pick<FunctionRecord, 'lastModified' | 'revisionId'> => ({
    lastModified: clock.now(),
    revisionId: randomUUID(),
  })

  return {
    async CreateFunction(input, call) {
      const name = parseNewFunctionName(input.FunctionName, call)
      const settled = settle(name.name, input, undefined)
      const key = functionKey(name)
      if ((await store.read(functionKind, key)) !== undefined) throw alreadyExists(name.name)
      return codeWrites(async () => {
        const { zip, ...code } = await receiveCode(input.Code, codeFolders, allowLocalFolders)
        const record: FunctionRecord = {
          ...settled,
          ...code,
          ...stamp(),
          architecture: input.Architectures?.[0] ?? 'x86_64',
          tags: input.Tags ?? {},
        }
        await store.transact(async (tx) => {
          if ((await tx.read(functionKind, key)) !== undefined) throw alreadyExists(name.name)
          writeZip(tx, record, zip)
          tx.create(functionKind, key, record)
        })
        return configurationOf(name, record)
      })
    },

    async GetFunction(input, call) {
      const name = ownFunction(input.FunctionName, input.Qualifier, call)
      const record = await readFunction(store, name)
      return {
        Configuration: configurationOf(name, record, name.qualifier),
        Code: codeLocation(record),
        Tags: Object.keys(record.tags).length === 0 ? undefined : record.tags,
      }
    },

    async GetFunctionConfiguration(input, call) {
      const name = ownFunction(input.FunctionName, input.Qualifier, call)
      return configurationOf(name, await readFunction(store, name), name.qualifier)
    },

    async ListFunctions(input, call) {
      const all = input.FunctionVersion === 'ALL'
      const limit = Math.min(input.MaxItems ?? PAGE_MAX, PAGE_MAX)
      const found = await store.list(functionKind, ownFunctions(call), {
        after: input.Marker === '' ? undefined : input.Marker,
        limit: limit + 1,
      })
      const page = found.slice(0, limit)
      return {
        NextMarker: found.length > limit ? page.at(-1)?.id : undefined,
        Functions: page.map(({ id, value }) =>
          configurationOf({ ...ownFunctions(call), name: id }, value, all ? LATEST : undefined),
        ),
      }
    },

    async ListVersionsByFunction(input, call) {
      const name = ownFunction(input.FunctionName, undefined, call)
      return { Versions: [configurationOf(name, await readFunction(store, name), LATEST)] }
    },

    async UpdateFunctionCode(input, call) {
      const name = ownFunction(input.FunctionName, undefined, call)
      if (input.Publish === true || input.PublishTo !== undefined) {
        throw invalid('Publish: versions are not supported by Gatehouse yet: leave the setting out')
      }
      checkRevision(input.RevisionId, (await readFunction(store, name)).revisionId, 'GetFunction/GetAlias')
      return codeWrites(async () => {
        const { zip, ...code } = await receiveCode(input, codeFolders, allowLocalFolders)
        const changed = (before: FunctionRecord): FunctionRecord => ({
          ...before,
          ...code,
          ...stamp(),
          architecture: input.Architectures?.[0] ?? before.architecture,
        })
        if (input.DryRun === true) return configurationOf(name, changed(await readFunction(store, name)))
        let former: FunctionRecord | undefined
        const record = await store.transact(async (tx) => {
          former = await readFunction(tx, name)
          checkRevision(input.RevisionId, former.revisionId, 'GetFunction/GetAlias')
          const record = changed(former)
          writeZip(tx, record, zip)
          tx.write(functionKind, functionKey(name), record)
          return record
        })
        await removeUnneededCode(store, former)
        return configurationOf(name, record)
      })
    },

    async UpdateFunctionConfiguration(input, call) {
      const name = ownFunction(input.FunctionName, undefined, call)
      return store.transact(async (tx) => {
        const before = await readFunction(tx, name)
        checkRevision(input.RevisionId, before.revisionId, 'GetFunction/GetAlias')
        const record = { ...before, ...settle(name.name, input, before), ...stamp() }
        tx.write(functionKind, functionKey(name), record)
        return configurationOf(name, record)
      })
    },

    async DeleteFunction(input, call) {
      const name = ownFunction(input.FunctionName, input.Qualifier, call)
      if (name.qualifier === LATEST)
        throw invalid('$LATEST version cannot be deleted without deleting the function.')
      if (name.qualifier !== undefined && !/^\d+$/.test(name.qualifier) && !name.qualifier.startsWith('$')) {
        throw invalid('Deletion of aliases is not currently supported.')
      }
      return codeWrites(async () => {
        const former = await store.transact(async (tx) => {
          const found = await tx.read(functionKind, functionKey(name))
          // Recorded on AWS: the message names the function without its qualifier.
          if (found === undefined) throw functionNotFound(name, undefined)
          // AWS answers a version that is not there as one that was.
          if (name.qualifier !== undefined) return undefined
          tx.delete(functionKind, functionKey(name))
          tx.delete(policyKind, functionKey(name))
          return found.value
        })
        await removeUnneededCode(store, former)
        return { StatusCode: 204 }
      })
    },

    async ListTags(input, call) {
      const name = ownFunction(input.Resource, undefined, call)
      return { Tags: (await readFunction(store, name)).tags }
    },

    async TagResource(input, call) {
      await changeTags(store, input.Resource, call, (tags) => ({ ...tags, ...input.Tags }))
      return {}
    },

    async UntagResource(input, call) {
      const removed = new Set(input.TagKeys)
      await changeTags(store, input.Resource, call, (tags) =>
        Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.has(key))),
      )
      return {}
    },

    async GetFunctionConcurrency(input, call) {
      await readFunction(store, ownFunction(input.FunctionName, undefined, call))
      return {}
    },
  }
}

function writeZip(tx: Transaction, record: FunctionRecord, zip: ReceivedCode['zip']): void {
  if (record.code.kind === 'zip' && zip !== undefined) tx.writeBlob(record.code.sha256, zip)
}

/** Removes a ZIP that was a function's when no function has it any more. */
async function removeUnneededCode(store: Store, former: FunctionRecord | undefined): Promise<void> {
  const code = former?.code
  if (code?.kind !== 'zip') return
  for (const { value } of await store.scan(functionKind)) {
    if (value.code.kind === 'zip' && value.code.sha256 === code.sha256) return
  }
  await store.transact(async (tx) => tx.deleteBlob(code.sha256))
}

function codeLocation({ code }: FunctionRecord): LambdaOperations['GetFunction']['output']['Code'] {
  // AWS gives a presigned address from where the ZIP can be fetched; there is none here.
  if (code.kind === 'zip') return { RepositoryType: 'S3' }
  return {
    RepositoryType: 'S3',
    Location: `file://${code.path}`,
    ResolvedS3Object: { S3Bucket: LOCAL_BUCKET, S3Key: code.path },
  }
}

async function changeTags(
  store: Store,
  resource: string,
  call: Parameters<typeof ownFunction>[2],
  change: (tags: FunctionRecord['tags']) => FunctionRecord['tags'],
): Promise<void> {
  const name = ownFunction(resource, undefined, call)
  await store.transact(async (tx) => {
    const before = await readFunction(tx, name)
    tx.write(functionKind, functionKey(name), { ...before, tags: change(before.tags) })
  })
}

function alreadyExists(name: string): AwsError {
  return new AwsError('ResourceConflictException', `Function already exist: ${name}`, 409)
}
