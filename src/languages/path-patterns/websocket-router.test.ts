import { expect, test } from 'bun:test'
import { buildWebSocketRoutes } from './websocket-router.ts'

const keys = ['$connect', '$disconnect', '$default', 'join', 'chat/join']
const routes = buildWebSocketRoutes(keys.map((key) => ({ key, route: key })))

const messages: readonly (readonly [key: string | undefined, route: string])[] = [
  ['join', 'join'],
  ['chat/join', 'chat/join'],
  ['Join', '$default'],
  ['', '$default'],
  ['constructor', '$default'],
  [undefined, '$default'],
  ['$connect', '$default'],
  ['$disconnect', '$default'],
]

for (const [key, route] of messages) {
  test(`a message for ${key} goes to ${route}`, () => expect(routes.forMessage(key)).toBe(route))
}

test('connecting and disconnecting have routes of their own', () => {
  expect([routes.connect, routes.disconnect]).toEqual(['$connect', '$disconnect'])
})

test('without $default an unknown key has no route', () => {
  expect(buildWebSocketRoutes([{ key: 'join', route: 1 }]).forMessage('leave')).toBeUndefined()
})
