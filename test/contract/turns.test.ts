import { afterAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OwnTurns } from '#base/turns.ts'
import { SharedTurns } from '#store/turns-shared.ts'
import { turnsContract } from './turns.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-turns-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

turnsContract({ name: 'own', create: () => [new OwnTurns()], processesMax: 1 })
turnsContract({
  name: 'shared',
  processesMax: 3,
  create: (processes) => {
    const file = join(folder, String(files++))
    SharedTurns.create(file, processes, 61)
    return Array.from({ length: processes }, (_, at) => new SharedTurns(file, at + 1))
  },
})
