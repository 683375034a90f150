import { expect, test } from 'bun:test'
import type { AnswerClaim } from '#base/answer-cache.ts'
import { awaitTurn, type Turn } from './answer-turn.ts'

const clock = { now: () => 0, steadyMs: () => 0 }
let released = 0
const ours: AnswerClaim = { kind: 'ours', release: () => released++ }
const held = (untilMs: number): AnswerClaim => ({ kind: 'held', untilMs })

/** One look after the other; the last of them goes on. */
function turn(
  claims: readonly (AnswerClaim | undefined)[],
  finds: readonly (string | undefined)[],
  looksMax: number = Infinity,
): Promise<Turn<string>> {
  let claimed = 0
  let looks = 0
  released = 0
  return awaitTurn({
    claim: () => claims[Math.min(claimed++, claims.length - 1)],
    find: () => finds[Math.min(looks++, finds.length - 1)],
    isOver: () => looks >= looksMax,
    clock,
  })
}

test.each([
  ['nobody asks', [ours], [undefined], 'ours', 0],
  ['somebody has just kept it', [ours], ['kept'], 'kept', 1],
  ['claims cannot be had', [undefined], ['kept'], 'none', 0],
  ['another process keeps it', [held(1)], [undefined, undefined, 'kept'], 'kept', 0],
  ['another process keeps it and is done', [held(1), held(1), ours], [undefined, 'kept'], 'kept', 1],
  ['another process keeps nothing', [held(1), held(1), ours], [undefined], 'ours', 0],
  ['a third one asks then', [held(1), held(2)], [undefined], 'none', 0],
  ['claims cannot be had any more', [held(1), undefined], [undefined], 'none', 0],
] as const)('%s', async (_, claims, finds, expected, releases) => {
  const { found, release } = await turn(claims, finds)
  expect(found ?? (release === undefined ? 'none' : 'ours')).toBe(expected)
  expect(released).toBe(releases)
})

test('nobody waits for one who has left', async () => {
  expect(await turn([held(1)], [undefined], 3)).toEqual({})
})
