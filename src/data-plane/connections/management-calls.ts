import { isUtf8 } from 'node:buffer'
import { utf8Text } from '#base/utf8.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { lastOf } from '#data-plane/query-string.ts'
import { readBroadcast } from './broadcast.ts'
import { ConnectionDirectory } from './connection-directory.ts'
import { managementError, managementReply } from './management-reply.ts'
import { listedMax } from './management-settings.ts'
import type { PushOutcome, ShownConnection } from './open-connection.ts'

export interface Managed {
  /** `{apiId}/{stage}` */
  readonly stage: string
  /** Empty where the call is for no single one. */
  readonly id: string
  readonly body: Uint8Array
  readonly pushBytesMax: number
}

/** Leaves its answer in the exchange. */
export type ManagementCall = (exchange: Exchange, managed: Managed) => void | Promise<void>

/** By method, of `@connections/{id}`: Amazon API Gateway Management API. */
export const oneConnectionCalls: Readonly<Record<string, ManagementCall>> = {
  POST(exchange, { stage, id, body }) {
    const outcome = connectionsOf(exchange).push(stage, id, messageOf(body))
    return outcome instanceof Promise
      ? outcome.then((came) => pushed(exchange, came))
      : pushed(exchange, outcome)
  },
  async GET(exchange, { stage, id }) {
    const found = await connectionsOf(exchange).describe(stage, id)
    if (found === undefined) return told(exchange, false, 200)
    exchange.reply = managementReply(exchange, 200, shown(found))
  },
  async DELETE(exchange, { stage, id }) {
    told(exchange, await connectionsOf(exchange).close(stage, id), 204)
  },
}

/** By method, of `@connections`: Gatehouse's own. */
export const manyConnectionCalls: Readonly<Record<string, ManagementCall>> = {
  async POST(exchange, { stage, body, pushBytesMax }) {
    const broadcast = readBroadcast(body, pushBytesMax)
    if ('errorType' in broadcast) {
      const { status, errorType, message } = broadcast
      exchange.reply = managementError(exchange, status, errorType, message)
      return
    }
    const { ids, data } = broadcast
    exchange.reply = managementReply(exchange, 200, await connectionsOf(exchange).broadcast(stage, ids, data))
  },
  async GET(exchange, { stage }) {
    const max = listedAtMost(lastOf(exchange.query.get('limit')))
    if (max === undefined) {
      const message = `limit: expected a number from 1 to ${listedMax}`
      exchange.reply = managementError(exchange, 400, 'BadRequestException', message)
      return
    }
    const after = lastOf(exchange.query.get('after')) ?? ''
    const found = await connectionsOf(exchange).list(stage, after, max)
    const next = found.length === max ? found.at(-1)?.id : undefined
    const connections = found.map((each) => ({ connectionId: each.id, ...shown(each) }))
    exchange.reply = managementReply(exchange, 200, { connections, next })
  },
}

/** Where there are none, none is there. */
function connectionsOf({ services: { directory, log } }: Exchange): ConnectionDirectory {
  return directory ?? new ConnectionDirectory({ registry: undefined, log })
}

/**
 * AWS sends text frames, whatever the call's Content-Type is (its clients say `application/octet-stream` of everything).
 * What cannot be text goes as binary.
 */
function messageOf(body: Uint8Array): string | Uint8Array {
  return isUtf8(body) ? utf8Text(body) : body
}

/** A client whose buffer is full is a limit that is exceeded: API Gateway Management API reference, PostToConnection. */
function pushed(exchange: Exchange, outcome: PushOutcome): void {
  if (outcome !== 'full') told(exchange, outcome === 'sent', 200)
  else exchange.reply = managementError(exchange, 429, 'LimitExceededException', 'Client buffer is full')
}

function told(exchange: Exchange, isThere: boolean, status: number): void {
  exchange.reply = isThere
    ? managementReply(exchange, status)
    : managementError(exchange, 410, 'GoneException')
}

function shown({ connectedAtMs, lastActiveAtMs, sourceIp, userAgent }: ShownConnection): object {
  return {
    connectedAt: new Date(connectedAtMs).toISOString(),
    identity: { sourceIp, userAgent },
    lastActiveAt: new Date(lastActiveAtMs).toISOString(),
  }
}

/** Undefined for what is no such number. */
function listedAtMost(text: string | undefined): number | undefined {
  if (text === undefined) return listedMax
  const max = /^\d{1,4}$/.test(text) ? Number(text) : 0
  return max >= 1 && max <= listedMax ? max : undefined
}
