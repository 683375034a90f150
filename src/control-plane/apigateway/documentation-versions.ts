import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { DocumentationVersion } from '#model/documentation.ts'
import { records } from '#model/records.ts'
import type { Environment } from './environment.ts'
import { badRequest, conflict } from './errors.ts'
import { findChild, findRestApi, findStage, type Reader } from './find.ts'
import { childKey, within, type Place } from './keys.ts'
import { listPage, pageRequest } from './paging.ts'
import { applyPatch, listingDialect, patchText, type PatchTable } from './patch.ts'

type Operations = ApiGatewayOperations
type Output = Operations['GetDocumentationVersion']['output']

export function documentationVersions({ store, clock }: Environment): Handlers<Operations> {
  return {
    /** Keeps the parts as they are now; a stage that is named shows them from now on. */
    async CreateDocumentationVersion(input, call) {
      const version = await store.transact(async (tx) => {
        const { restApiId, documentationVersion } = input
        await findRestApi(tx, call, restApiId)
        checkVersion(documentationVersion)
        const key = childKey(call, restApiId, documentationVersion)
        if ((await tx.read(records.documentationVersion, key)) !== undefined) {
          throw conflict(`Documentation version already exists for this REST API: ${documentationVersion}`)
        }
        const parts = await tx.list(records.documentationPart, within(call, restApiId))
        const created: DocumentationVersion = {
          version: documentationVersion,
          description: patchText(input.description),
          createdDate: clock.now(),
          parts: parts.map(({ value }) => value),
        }
        tx.create(records.documentationVersion, key, created)
        const stageName = patchText(input.stageName)
        if (stageName !== undefined) {
          const stage = await findStage(tx, call, restApiId, stageName)
          tx.write(records.stage, childKey(call, restApiId, stageName), {
            ...stage,
            documentationVersion,
            lastUpdatedDate: created.createdDate,
          })
        }
        return created
      })
      return output(version)
    },

    async GetDocumentationVersions(input, call) {
      const request = pageRequest(input)
      await findRestApi(store, call, input.restApiId)
      const { page, position } = await listPage(
        store,
        records.documentationVersion,
        within(call, input.restApiId),
        request,
      )
      return { items: page.map((value) => output(value)), position }
    },

    async GetDocumentationVersion({ restApiId, documentationVersion }, call) {
      return output(await findDocumentationVersion(store, call, restApiId, documentationVersion))
    },

    async UpdateDocumentationVersion({ restApiId, documentationVersion, patchOperations }, call) {
      const version = await store.transact(async (tx) => {
        const found = await findDocumentationVersion(tx, call, restApiId, documentationVersion)
        const updated = applyPatch(patchable, found, patchOperations)
        tx.write(records.documentationVersion, childKey(call, restApiId, documentationVersion), updated)
        return updated
      })
      return output(version)
    },

    async DeleteDocumentationVersion({ restApiId, documentationVersion }, call) {
      await store.transact(async (tx) => {
        await findDocumentationVersion(tx, call, restApiId, documentationVersion)
        const stages = await tx.list(records.stage, within(call, restApiId))
        if (stages.some(({ value }) => value.documentationVersion === documentationVersion)) {
          // As AWS says it: hashicorp/terraform-provider-aws issue 11550.
          throw badRequest(
            'Cannot delete documentation version because there are API Stages associated with it.',
          )
        }
        tx.delete(records.documentationVersion, childKey(call, restApiId, documentationVersion))
      })
      return {}
    },
  }
}

export function findDocumentationVersion(
  reader: Reader,
  place: Place,
  restApiId: string,
  version: string,
): Promise<DocumentationVersion> {
  const message = 'Invalid Documentation version identifier specified'
  return findChild(reader, place, restApiId, records.documentationVersion, version, message)
}

/** Longest name of a version. */
const versionCharactersMax = 64

function checkVersion(version: string): void {
  if (!/^[A-Za-z0-9._-]+$/.test(version) || version.length > versionCharactersMax) {
    throw badRequest(
      `Invalid documentation version specified: ${version}. Expected 1 to ${versionCharactersMax} characters of a-zA-Z0-9._-`,
    )
  }
}

function output({ version, createdDate, description }: DocumentationVersion): Output {
  return { version, createdDate, description }
}

const patchable: PatchTable<DocumentationVersion> = {
  dialect: listingDialect,
  rows: [
    {
      path: '/description',
      ops: ['replace'],
      apply: (version, { value }) => ({ ...version, description: patchText(value) }),
    },
  ],
}
