import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Turns } from '#base/turns.ts'

export interface TurnsUnderTest {
  readonly name: string
  /** The turns of so many processes, each as one of them sees them. */
  readonly create: (processes: number) => readonly Turns[]
  readonly processesMax: number
}

/** What every implementation of the Turns port must do. */
export function turnsContract({ name, create, processesMax }: TurnsUnderTest): void {
  describe(`turns contract: ${name}`, () => {
    test('so many and no more, each key for itself, until one is given back', () => {
      const [turns] = create(1) as [Turns]
      expect([1, 2, 3].map(() => turns.take('a', 2))).toEqual([true, true, false])
      expect(turns.take('b', 1)).toBe(true)
      turns.release('a')
      expect([turns.take('a', 2), turns.take('a', 2), turns.take('b', 1)]).toEqual([true, false, false])
    })

    test('a limit may differ from call to call: what is taken stays taken', () => {
      const [turns] = create(1) as [Turns]
      for (let i = 0; i < 5; i++) expect(turns.take('a', 5)).toBe(true)
      expect(turns.take('a', 3)).toBe(false)
      for (let i = 0; i < 3; i++) turns.release('a')
      expect(turns.take('a', 3)).toBe(true)
    })

    test('as one number for all processes', () => {
      const step = fc.record({
        process: fc.nat(processesMax - 1),
        key: fc.constantFrom('a', 'b', 'c'),
        takes: fc.boolean(),
        limit: fc.integer({ min: 1, max: 4 }),
      })
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          const turns = create(processesMax)
          const held = turns.map(() => new Map<string, number>())
          const all = (key: string): number => held.reduce((sum, each) => sum + (each.get(key) ?? 0), 0)
          for (const { process, key, takes, limit } of steps) {
            const own = held[process]?.get(key) ?? 0
            if (takes) {
              const expected = all(key) < limit
              expect(turns[process]?.take(key, limit)).toBe(expected)
              if (expected) held[process]?.set(key, own + 1)
            } else if (own > 0) {
              turns[process]?.release(key)
              held[process]?.set(key, own - 1)
            }
          }
        }),
        { numRuns: 50 },
      )
    })
  })
}
