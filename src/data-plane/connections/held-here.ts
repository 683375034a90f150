import { closeCodes } from '#http/websocket/close-codes.ts'
import type { Answers, Question } from './holder-message.ts'
import {
  isOf,
  shownOf,
  type OpenConnection,
  type OpenConnections,
  type PushOutcome,
  type ShownConnection,
} from './open-connection.ts'

/** What is done with connections of this process. `stage` is `{apiId}/{stage}`: those of another one are not there. */
export class HeldHere {
  readonly #connections: OpenConnections

  constructor(connections: OpenConnections) {
    this.#connections = connections
  }

  find(stage: string, id: string): OpenConnection | undefined {
    const connection = this.#connections.get(id)
    return connection !== undefined && isOf(stage, connection) ? connection : undefined
  }

  #of(stage: string): OpenConnection[] {
    return [...this.#connections].filter((connection) => isOf(stage, connection))
  }

  /** Sends to those that are here. `reached` and `full`: where ids are given. */
  push(
    stage: string,
    ids: readonly string[] | undefined,
    data: string | Uint8Array,
  ): Required<Answers['push']> {
    if (ids === undefined) {
      const sent = this.#of(stage).filter((connection) => connection.push(data) === 'sent').length
      return { sent, reached: [], full: [] }
    }
    const came: Record<PushOutcome, string[]> = { sent: [], full: [], gone: [] }
    for (const id of ids) came[this.find(stage, id)?.push(data) ?? 'gone'].push(id)
    return { sent: came.sent.length, reached: came.sent, full: came.full }
  }

  /** @returns whether it was there */
  close(stage: string, id: string): boolean {
    const connection = this.find(stage, id)
    connection?.disconnect(DELETED, '')
    return connection !== undefined
  }

  /** The first `max` after an id, by id. */
  list(stage: string, after: string, max: number): ShownConnection[] {
    return this.#of(stage)
      .filter(({ facts }) => facts.connectionId > after)
      .toSorted(byId)
      .slice(0, max)
      .map(shownOf)
  }

  /** Ends them all. */
  end(): void {
    for (const connection of this.#connections) connection.disconnect(closeCodes.goingAway, 'Going away')
  }

  answer(question: Question, payload: Uint8Array): Answers[Question['ask']] {
    const { stage } = question
    switch (question.ask) {
      case 'push':
        return this.push(stage, question.ids, question.text ? Buffer.from(payload).toString() : payload)
      case 'describe': {
        const connection = this.find(stage, question.id)
        return { found: connection && shownOf(connection) }
      }
      case 'close':
        return { found: this.close(stage, question.id) }
      case 'list':
        return { connections: this.list(stage, question.after, question.max) }
    }
  }
}

/** What DeleteConnection ends with is not documented: as a server closes that has nothing to add. */
const DELETED = closeCodes.normal

function byId({ facts: one }: OpenConnection, { facts: other }: OpenConnection): number {
  return one.connectionId < other.connectionId ? -1 : 1
}
