import { expect, test } from 'bun:test'
import { pipeline } from '#data-plane/pipeline.ts'
import { stepFacts } from './step-facts.ts'

test('facts are told of steps that there are', () => {
  const names = new Set(pipeline.flatMap(({ step, around = [] }) => [step, ...around.map((row) => row.step)]))
  expect(Object.keys(stepFacts).filter((name) => !names.has(name))).toEqual([])
})
