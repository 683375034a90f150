import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { newId } from '#base/ids.ts'
import { clientCertificatePlace, type ClientCertificate } from '#model/client-certificate.ts'
import { records } from '#model/records.ts'
import { routedStagesOfAccount, stagesOfAccount } from './account-stages.ts'
import type { Environment } from './environment.ts'
import { badRequest } from './errors.ts'
import { findClientCertificate } from './find.ts'
import { topLevelKey, topLevelOf } from './keys.ts'
import { listPage, pageRequest } from './paging.ts'
import { applyPatch, patchText, plainDialect, type PatchTable } from './patch.ts'
import { checkRoom } from './quota.ts'
import { selfSignedCertificate } from '#base/self-signed-certificate.ts'
import { checkedTagsOf } from './tags.ts'

type Operations = ApiGatewayOperations

/** AWS's last a year. */
const validityMs = 365 * 86_400_000

export function clientCertificates({ store, clock, quotas, sealer }: Environment): Handlers<Operations> {
  return {
    async GenerateClientCertificate(input, call) {
      const tags = checkedTagsOf(input.tags)
      const createdDate = clock.now()
      const expirationDate = createdDate + validityMs
      const { certificate, key } = await selfSignedCertificate('ApiGateway', createdDate, expirationDate)
      const generated: ClientCertificate = {
        clientCertificateId: newId(6),
        description: patchText(input.description),
        pemEncodedCertificate: certificate,
        createdDate,
        expirationDate,
        tags,
      }
      await store.transact(async (tx) => {
        await checkRoom(tx, quotas, 'clientCertificates', records.clientCertificate, topLevelOf(call))
        const id = topLevelKey(call, generated.clientCertificateId)
        tx.create(records.clientCertificate, id, generated)
        tx.create(records.clientCertificateKey, id, { pem: sealer.seal(key, clientCertificatePlace(id.id)) })
      })
      return generated
    },

    async GetClientCertificates(input, call) {
      const request = pageRequest(input)
      const { page, position } = await listPage(store, records.clientCertificate, topLevelOf(call), request)
      return { items: page, position }
    },

    async GetClientCertificate({ clientCertificateId }, call) {
      return withTags(await findClientCertificate(store, call, clientCertificateId))
    },

    async UpdateClientCertificate({ clientCertificateId, patchOperations }, call) {
      return store.transact(async (tx) => {
        const found = await findClientCertificate(tx, call, clientCertificateId)
        const updated = applyPatch(patchable, found, patchOperations)
        tx.write(records.clientCertificate, topLevelKey(call, clientCertificateId), updated)
        return withTags(updated)
      })
    },

    async DeleteClientCertificate({ clientCertificateId }, call) {
      await store.transact(async (tx) => {
        await findClientCertificate(tx, call, clientCertificateId)
        const ofRestApis = await stagesOfAccount(tx, call)
        const stages = [
          ...ofRestApis.map(({ restApiId, stage }) => ({ apiId: restApiId, stage })),
          ...(await routedStagesOfAccount(tx, call)),
        ]
        const user = stages.find(({ stage }) => stage.clientCertificateId === clientCertificateId)
        if (user !== undefined) {
          throw badRequest(
            `Cannot delete Client Certificate ${clientCertificateId} because there are API Stages associated with it, including ${user.apiId}:${user.stage.stageName}`,
          )
        }
        tx.delete(records.clientCertificate, topLevelKey(call, clientCertificateId))
        tx.delete(records.clientCertificateKey, topLevelKey(call, clientCertificateId))
      })
      return {}
    },
  }
}

function withTags(certificate: ClientCertificate): Operations['GetClientCertificate']['output'] {
  return { ...certificate, tags: certificate.tags ?? {} }
}

const patchable: PatchTable<ClientCertificate> = {
  dialect: plainDialect,
  rows: [
    {
      path: '/description',
      ops: ['replace'],
      apply: (certificate, { value }) => ({ ...certificate, description: patchText(value) }),
    },
  ],
}
