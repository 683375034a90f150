import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { pickTarget, type Candidate } from '#data-plane/targets/pick-target.ts'
import { TargetGroup, type Target, type TargetUse } from '#data-plane/targets/target-group.ts'
import { randomNumbers } from '../support/random-numbers.ts'

const candidate = fc.record({ weight: fc.nat(100), inFlight: fc.nat(50) })
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('what is chosen is one of them and has weight; none is chosen only where none has', () => {
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 20 }), unit, unit, (candidates, first, second) => {
      const draws = [first, second]
      const picked = pickTarget(candidates, () => draws.shift() as number)
      if (candidates.every(({ weight }) => weight === 0)) expect(picked).toBeUndefined()
      else {
        expect(candidates).toContain(picked as Candidate)
        expect(picked?.weight).toBeGreaterThan(0)
      }
    }),
  )
})

test('the busiest for its weight is chosen only when it is drawn twice', () => {
  fc.assert(
    fc.property(fc.array(candidate, { minLength: 2, maxLength: 20 }), unit, unit, (others, first, second) => {
      const busiest = { weight: 1, inFlight: 10_000 }
      const candidates = [...others, busiest]
      const total = candidates.reduce((sum, { weight }) => sum + weight, 0)
      const draws = [first, second]
      const picked = pickTarget(candidates, () => draws.shift() as number)
      const drawnTwice = first * total >= total - 1 && second * total >= total - 1
      expect(picked === busiest).toBe(drawnTwice)
    }),
  )
})

test('an idle group is shared out by weight', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 5 }),
      fc.nat(),
      (weights, seed) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        fc.pre(total > 0)
        const candidates = weights.map((weight) => ({ weight, inFlight: 0 }))
        const random = randomNumbers(seed)
        const rounds = 4000
        const counts = new Map<Candidate, number>()
        for (let i = 0; i < rounds; i++) {
          const picked = pickTarget(candidates, random) as Candidate
          counts.set(picked, (counts.get(picked) ?? 0) + 1)
        }
        for (const each of candidates) {
          const share = (counts.get(each) ?? 0) / rounds
          expect(Math.abs(share - each.weight / total)).toBeLessThan(0.05)
        }
      },
    ),
    { numRuns: 20 },
  )
})

/** What may happen to a group. */
const event = fc.oneof(
  fc.record({ kind: fc.constant('take' as const) }),
  fc.record({ kind: fc.constant('end' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('answer' as const), at: fc.nat(), status: fc.constantFrom(200, 404, 503) }),
  fc.record({ kind: fc.constant('fail' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('check' as const), at: fc.nat(), passed: fc.boolean() }),
  fc.record({ kind: fc.constant('replace' as const), addresses: fc.subarray(['a:1', 'b:1', 'c:1', 'd:1']) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(500) }),
)

test('whatever happens, requests are counted, and only what is usable is taken while there is any', () => {
  const thresholds = { healthyThreshold: 2, unhealthyThreshold: 2 }
  const definition = (addresses: readonly string[]): ConstructorParameters<typeof TargetGroup>[0] => ({
    name: 'group',
    targets: addresses.map((address) => ({ address, weight: 1 })),
    connectTimeoutMs: 100,
    health: { ...thresholds, intervalMs: 1, timeoutMs: 1, statuses: [[200, 299]] },
    passive: { failures: 2, ejectMs: 100, ejectMsMax: 400, statuses: [[500, 599]] },
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.nat(), (events, seed) => {
      const random = randomNumbers(seed)
      const group = new TargetGroup(definition(['a:1', 'b:1']))
      const open: TargetUse[] = []
      const seen = new Set<Target>(group.targets)
      let nowMs = 0
      for (const each of events) {
        if (each.kind === 'wait') nowMs += each.ms
        else if (each.kind === 'replace') group.replace(definition(each.addresses))
        else if (each.kind === 'take') {
          const usable = group.targets.filter((target) => target.usable(nowMs))
          const use = group.take(new Set(), nowMs, random)
          expect(use === undefined).toBe(group.targets.length === 0)
          if (use === undefined) continue
          if (usable.length > 0) expect(usable).toContain(use.target)
          open.push(use)
        } else if (each.kind === 'check') {
          const target = group.targets[each.at % group.targets.length]
          target?.checked.record(each.passed, thresholds)
        } else {
          const use = open[each.at % open.length]
          if (each.kind === 'answer') use?.answered(each.status, nowMs)
          else if (each.kind === 'fail') use?.failed(nowMs)
          else if (use !== undefined) {
            use.end()
            use.end()
            open.splice(open.indexOf(use), 1)
          }
        }
        for (const target of group.targets) seen.add(target)
        for (const target of seen) {
          expect(target.inFlight).toBe(open.filter((use) => use.target === target).length)
        }
      }
      // However often a target was left out, it comes back.
      for (const target of group.targets) expect(target.seen.ejected(nowMs + 400)).toBe(false)
    }),
  )
})
