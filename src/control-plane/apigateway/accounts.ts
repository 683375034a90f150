import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { accountSettingsId, type AccountSettings } from '#model/account.ts'
import { records } from '#model/records.ts'
import { checkedArn } from './arn.ts'
import type { Environment } from './environment.ts'
import { badRequest } from './errors.ts'
import type { Reader } from './find.ts'
import { topLevelKey, type Place } from './keys.ts'
import { applyPatch, listingDialect, patchText, type PatchTable } from './patch.ts'

type Operations = ApiGatewayOperations

/** Requests a second and the burst that AWS grants an account by default; they limit nothing here. */
const throttleSettings = { burstLimit: 5000, rateLimit: 10_000 }

export function accounts({ store }: Environment): Handlers<Operations> {
  return {
    async GetAccount(_, call) {
      return accountOutput(await settingsOf(store, call))
    },

    async UpdateAccount({ patchOperations }, call) {
      return store.transact(async (tx) => {
        const updated = applyPatch(patchable, await settingsOf(tx, call), patchOperations)
        tx.write(records.account, topLevelKey(call, accountSettingsId), updated)
        return accountOutput(updated)
      })
    },
  }
}

async function settingsOf(reader: Reader, place: Place): Promise<AccountSettings> {
  return (await reader.read(records.account, topLevelKey(place, accountSettingsId)))?.value ?? {}
}

function accountOutput(settings: AccountSettings): Operations['GetAccount']['output'] {
  return { ...settings, throttleSettings, features: ['UsagePlans'], apiKeyVersion: '4' }
}

const patchable: PatchTable<AccountSettings> = {
  dialect: listingDialect,
  rows: [
    {
      path: '/cloudwatchRoleArn',
      ops: ['replace'],
      apply: (settings, { value }) => ({
        ...settings,
        cloudwatchRoleArn: patchText(value) === undefined ? undefined : checkedArn(value),
      }),
    },
    {
      // Every account has them since 2016; asking for them again changes nothing.
      path: '/features',
      ops: ['add'],
      apply: (settings, { value }) => {
        if (value !== 'UsagePlans')
          throw badRequest('Invalid feature specified. Valid options are UsagePlans')
        return settings
      },
    },
  ],
}
