import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '#base/log.ts'
import { createSharedAnswers } from './shared-answers.ts'

const MB = 1024 * 1024
const config = { cacheBytes: 256 * MB }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-answers-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test.each([
  ['three quarters of what is asked for', 4096, 192],
  ['half of what is free', 384, 96],
])('takes %s, and none of it before answers come', (_, freeMB, expectedMB) => {
  expect(createSharedAnswers(folder, config, silentLog, freeMB * MB)).toBe(true)
  for (const file of ['authorizer-answers', 'responses']) {
    const { size, blocks } = statSync(join(folder, file))
    expect(size / MB).toBeLessThanOrEqual(expectedMB)
    expect(size / MB).toBeGreaterThan(0.9 * expectedMB)
    expect((blocks * 512) / MB).toBeLessThan(4)
  }
})

test('leaves it where there is too little', () => {
  expect(createSharedAnswers(folder, config, silentLog, 64 * MB)).toBe(false)
  expect(existsSync(join(folder, 'responses'))).toBe(false)
})
