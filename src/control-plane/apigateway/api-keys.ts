import type { Call, Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { newId, newIdsTogether } from '#base/ids.ts'
import type { ApiKey } from '#model/api-key.ts'
import { apiKeyDigest } from '#model/api-key-digest.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { readApiKeyFile, type ApiKeyRow } from './api-key-file.ts'
import { checkApiKeyDescription, checkApiKeyName, checkApiKeyValue, newApiKeyValue } from './api-key-value.ts'
import type { Environment } from './environment.ts'
import { badRequest, conflict } from './errors.ts'
import { findApiKey, findStage } from './find.ts'
import { topLevelKey, topLevelOf, within, type Place } from './keys.ts'
import { pageRequest, pageWhere } from './paging.ts'
import { applyPatch, listingDialect, patchBoolean, patchText, type PatchTable } from './patch.ts'
import { enterPlan, joinPlan, leavePlan, noSuchPlan } from './plan-membership.ts'
import { checkRoom } from './quota.ts'
import { checkedTagsOf } from './tags.ts'

type Operations = ApiGatewayOperations
type ApiKeyOutput = Operations['GetApiKey']['output']

const API_KEY_ID_LENGTH = 10

export function apiKeys({ store, clock, quotas }: Environment): Handlers<Operations> {
  const create = (tx: Transaction, place: Place, key: ApiKey): void => {
    tx.create(records.apiKey, topLevelKey(place, key.id), key)
    tx.create(records.apiKeyValue, topLevelKey(place, apiKeyDigest(key.value)), { keyId: key.id })
  }

  /** A row of a file: a key with the same value becomes what the row says. */
  const importRow = async (
    tx: Transaction,
    call: Call,
    row: ApiKeyRow,
    newKeyId: string,
  ): Promise<{ readonly keyId: string; readonly isNew: boolean }> => {
    const now = clock.now()
    const known = await findByValue(tx, call, row.value)
    const given = { name: patchText(row.name), description: patchText(row.description), enabled: row.enabled }
    const key: ApiKey = {
      ...(known ?? { id: newKeyId, value: row.value, stageKeys: [], createdDate: now }),
      ...given,
      lastUpdatedDate: now,
    }
    if (known === undefined) create(tx, call, key)
    else tx.write(records.apiKey, topLevelKey(call, key.id), key)
    return { keyId: key.id, isNew: known === undefined }
  }

  return {
    async CreateApiKey(input, call) {
      const value = patchText(input.value) ?? newApiKeyValue()
      checkApiKeyValue(value)
      checkApiKeyName(input.name)
      checkApiKeyDescription(input.description)
      const now = clock.now()
      const key: ApiKey = {
        id: newId(API_KEY_ID_LENGTH),
        value,
        name: patchText(input.name),
        description: patchText(input.description),
        customerId: patchText(input.customerId),
        enabled: input.enabled ?? false,
        stageKeys: (input.stageKeys ?? []).map(({ restApiId, stageName }) =>
          stageKey(`${restApiId ?? ''}/${stageName ?? ''}`),
        ),
        tags: checkedTagsOf(input.tags),
        createdDate: now,
        lastUpdatedDate: now,
      }
      await store.transact(async (tx) => {
        await checkStageKeys(tx, call, key.stageKeys)
        if ((await findByValue(tx, call, value)) !== undefined) throw conflict('API Key already exists')
        await checkRoom(tx, quotas, 'apiKeys', records.apiKey, topLevelOf(call))
        create(tx, call, key)
      })
      return key
    },

    async GetApiKeys(input, call) {
      const { nameQuery = '', includeValues = false } = input
      const customerId = patchText(input.customerId)
      const { page, position } = await pageWhere(
        (part) => store.list(records.apiKey, topLevelOf(call), part),
        pageRequest(input),
        (key) =>
          (key.name ?? '').startsWith(nameQuery) &&
          (customerId === undefined || key.customerId === customerId),
      )
      return { items: page.map((key) => apiKeyOutput(key, includeValues)), position }
    },

    async GetApiKey({ apiKey, includeValue = false }, call) {
      return withTags(await findApiKey(store, call, apiKey), includeValue)
    },

    async UpdateApiKey({ apiKey, patchOperations }, call) {
      return store.transact(async (tx) => {
        const found = await findApiKey(tx, call, apiKey)
        const patched = applyPatch(patchable, found, patchOperations)
        const added = patched.stageKeys.filter((stage) => !found.stageKeys.includes(stage))
        await checkStageKeys(tx, call, added)
        const updated = { ...patched, lastUpdatedDate: clock.now() }
        tx.write(records.apiKey, topLevelKey(call, apiKey), updated)
        return withTags(updated, false)
      })
    },

    async DeleteApiKey({ apiKey }, call) {
      await store.transact(async (tx) => {
        const key = await findApiKey(tx, call, apiKey)
        const plans = await tx.list(records.keyPlan, within(call, apiKey))
        for (const { value } of plans) leavePlan(tx, call, value)
        tx.delete(records.apiKeyValue, topLevelKey(call, apiKeyDigest(key.value)))
        tx.delete(records.apiKey, topLevelKey(call, apiKey))
      })
      return {}
    },

    /** What cannot be imported is left out with a warning, or nothing is imported (`failOnWarnings`). */
    async ImportApiKeys({ body, failOnWarnings = false }, call) {
      const { rows, warnings: unread } = readApiKeyFile(body, {
        rowsMax: quotas.apiKeys,
        plansMax: quotas.usagePlansPerKey,
      })
      return store.transact(async (tx) => {
        const warnings = [...unread]
        const ids = new Set<string>()
        const isPlan = plansOnce(tx, call)
        const newIds = newIdsTogether(rows.length, API_KEY_ID_LENGTH)
        for (const [at, row] of rows.entries()) {
          const { keyId, isNew } = await importRow(tx, call, row, newIds[at] as string)
          ids.add(keyId)
          const [usagePlanId] = row.usagePlanIds
          if (isNew && usagePlanId !== undefined && row.usagePlanIds.length === 1) {
            // Of most rows: there is nothing to ask for but the plan.
            if (await isPlan(usagePlanId)) enterPlan(tx, call, { usagePlanId, keyId })
            else warnings.push(`Line ${row.line}: ${noSuchPlan().message}`)
            continue
          }
          for (const usagePlanId of row.usagePlanIds) {
            const refusal = await joinPlan(tx, quotas, call, { usagePlanId, keyId }, { again: true })
            if (refusal !== undefined) warnings.push(`Line ${row.line}: ${refusal.message}`)
          }
        }
        // Once for all: to count is to go through all that there are.
        await checkRoom(tx, quotas, 'apiKeys', records.apiKey, topLevelOf(call), 0)
        if (failOnWarnings && warnings.length > 0) throw badRequest(warnings.join('; '))
        return { ids: [...ids], warnings: warnings.length === 0 ? undefined : warnings }
      })
    },
  }
}

/** Whether there are plans, each looked for once. */
function plansOnce(tx: Transaction, place: Place): (id: string) => Promise<boolean> {
  const found = new Map<string, boolean>()
  return async (id) => {
    const known = found.get(id) ?? (await tx.read(records.usagePlan, topLevelKey(place, id))) !== undefined
    found.set(id, known)
    return known
  }
}

async function findByValue(tx: Transaction, place: Place, value: string): Promise<ApiKey | undefined> {
  const known = await tx.read(records.apiKeyValue, topLevelKey(place, apiKeyDigest(value)))
  return known && (await tx.read(records.apiKey, topLevelKey(place, known.value.keyId)))?.value
}

/** `{restApiId}/{stageName}`. @throws BadRequestException */
function stageKey(text = ''): string {
  if (!/^[^/]+\/[^/]+$/.test(text)) {
    throw badRequest(`Invalid stage key specified: ${text}. Expected {restApiId}/{stageName}`)
  }
  return text
}

async function checkStageKeys(tx: Transaction, place: Place, stageKeys: readonly string[]): Promise<void> {
  for (const key of stageKeys) {
    const [restApiId = '', stageName = ''] = key.split('/')
    await findStage(tx, place, restApiId, stageName)
  }
}

/** Answers about one key that is there already show that it has no tags; others leave them out (recorded on AWS). */
function withTags(key: ApiKey, includeValue: boolean): ApiKeyOutput {
  return { ...apiKeyOutput(key, includeValue), tags: key.tags ?? {} }
}

/** A key as clients see it. */
function apiKeyOutput(key: ApiKey, includeValue: boolean): ApiKeyOutput {
  return includeValue ? key : { ...key, value: undefined }
}

const patchable: PatchTable<ApiKey> = {
  dialect: listingDialect,
  rows: [
    {
      path: '/description',
      ops: ['replace'],
      apply: (key, { value }) => {
        checkApiKeyDescription(value)
        return { ...key, description: patchText(value) }
      },
    },
    {
      path: '/enabled',
      ops: ['replace'],
      apply: (key, { value }) => ({ ...key, enabled: patchBoolean(value) }),
    },
    {
      path: '/name',
      ops: ['replace'],
      apply: (key, { value }) => {
        checkApiKeyName(value)
        return { ...key, name: patchText(value) }
      },
    },
    {
      path: '/customerId',
      ops: ['replace'],
      apply: (key, { value }) => ({ ...key, customerId: patchText(value) }),
    },
    {
      path: '/stages',
      ops: ['add', 'remove'],
      apply: (key, { op, value }) => {
        const named = stageKey(value)
        const others = key.stageKeys.filter((known) => known !== named)
        return { ...key, stageKeys: op === 'add' ? [...others, named] : others }
      },
    },
  ],
}
