import { afterAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryCounters } from '#store/counters-memory.ts'
import { SharedCounters } from '#store/counters-shared.ts'
import { countersContract } from './counters.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-counters-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'counters')

countersContract({ name: 'in memory', create: () => new MemoryCounters() })

countersContract({
  name: 'in shared memory',
  create: () => {
    SharedCounters.create(file, 1024)
    return new SharedCounters(file)
  },
})
