import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Turns } from '#base/turns.ts'

export interface TurnsUnderTest {
  readonly name: string
  /** The turns of so many processes, each as one of them sees them. */
  readonly create: (processes: number) => readonly Turns[] | Promise<readonly Turns[]>
  readonly processesMax: number
  /** Where several processes want turns none is given more than its part: it may be refused one that is free. */
  readonly isShared?: boolean
  /** Resolves when others see what was given back. */
  readonly settled?: () => Promise<unknown>
}

/** What every implementation of the Turns port must do. */
export function turnsContract({ name, create, processesMax, isShared, settled }: TurnsUnderTest): void {
  describe(`turns contract: ${name}`, () => {
    test('so many and no more, each key for itself, until one is given back', async () => {
      const [turns] = (await create(1)) as [Turns]
      const take = async (key: string, limit: number): Promise<boolean> => turns.take(key, limit)
      expect(await Promise.all([1, 2, 3].map(() => take('a', 2)))).toEqual([true, true, false])
      expect(await take('b', 1)).toBe(true)
      turns.release('a')
      await settled?.()
      expect([await take('a', 2), await take('a', 2), await take('b', 1)]).toEqual([true, false, false])
    })

    test('a limit may differ from call to call: what is taken stays taken', async () => {
      const [turns] = (await create(1)) as [Turns]
      for (let i = 0; i < 5; i++) expect(await turns.take('a', 5)).toBe(true)
      expect(await turns.take('a', 3)).toBe(false)
      for (let i = 0; i < 3; i++) turns.release('a')
      await settled?.()
      expect(await turns.take('a', 3)).toBe(true)
    })

    test('as one number for all processes', async () => {
      const step = fc.record({
        process: fc.nat(processesMax - 1),
        key: fc.constantFrom('a', 'b', 'c'),
        takes: fc.boolean(),
        limit: fc.integer({ min: 1, max: 4 }),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const turns = await create(processesMax)
          const held = turns.map(() => new Map<string, number>())
          const wanted = new Set<string>()
          const all = (key: string): number => held.reduce((sum, each) => sum + (each.get(key) ?? 0), 0)
          for (const { process, key, takes, limit } of steps) {
            const own = held[process]?.get(key) ?? 0
            if (takes) {
              const isFree = all(key) < limit
              const isTaken = await turns[process]?.take(key, limit)
              if (!isFree || isShared !== true || !wanted.has(key)) expect(isTaken).toBe(isFree)
              if (isTaken === true) held[process]?.set(key, own + 1)
              else wanted.add(key)
            } else if (own > 0) {
              turns[process]?.release(key)
              await settled?.()
              held[process]?.set(key, own - 1)
            }
          }
        }),
        { numRuns: 50 },
      )
    })
  })
}
