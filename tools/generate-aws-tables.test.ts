import { expect, test } from 'bun:test'
import { staleFiles } from './generate-aws-tables.ts'

test('the committed wire tables are what the installed packages give', async () => {
  expect(await staleFiles()).toEqual([])
})
