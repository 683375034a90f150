import { expect, test } from 'bun:test'
import { costOf, readPrices } from './prices.ts'

const who = { keyId: 'k1', customerId: 'c-42', planId: 'p1', planName: 'gold' }

const costs: readonly [prices: object, requests: number, cost: string][] = [
  [{}, 1_000_000, '0.00'],
  [{ default: 0.01 }, 3, '0.03'],
  // Exactly: three times 0.1 is 0.3.
  [{ decimals: 9, default: 0.1 }, 3, '0.300000000'],
  [{ default: { per: 1000, price: 3.5 } }, 1234, '4.32'],
  [{ default: { per: 1000, price: 5 } }, 1, '0.01'],
  [{ default: { per: 1000, price: 4.999 } }, 1, '0.00'],
  [{ default: { per: 1_000_000, price: '3.50', base: 20 } }, 0, '20.00'],
  [{ decimals: 0, default: { per: 2, price: 1 } }, 1, '1'],
  [{ default: { tiers: [{ upTo: 10, price: 1 }, { price: 0.5 }] } }, 10, '10.00'],
  [{ default: { tiers: [{ upTo: 10, price: 1 }, { upTo: 20, price: 0.5 }, { price: 0 }] } }, 1000, '15.00'],
  [{ default: { tiers: [{ upTo: 10, price: 0 }, { price: 2 }] } }, 11, '2.00'],
  [{ default: 1e-7, decimals: 7 }, 3, '0.0000003'],
  [{ default: 1, plans: { gold: 2 } }, 1, '2.00'],
  [{ plans: { gold: 2, p1: 3 } }, 1, '3.00'],
  [{ plans: { p1: 3 }, customers: { 'c-42': 4 } }, 1, '4.00'],
  [{ customers: { 'c-42': 4 }, keys: { k1: 5 } }, 1, '5.00'],
  [{ default: 9_007_199, plans: {} }, 9_007_199_254, `${9_007_199n * 9_007_199_254n}.00`],
]
for (const [prices, requests, cost] of costs) {
  test(`${requests} requests at ${JSON.stringify(prices)} cost ${cost}`, () => {
    expect(costOf(readPrices(prices), who, requests)).toBe(cost)
  })
}

const refusals: readonly [value: unknown, message: string][] = [
  [[], 'prices: expected a map, found []'],
  [{ plan: {} }, 'prices: unknown plan; there are currency, decimals, default, plans, customers, keys'],
  [{ currency: 1 }, 'currency: expected a text such as EUR, found 1'],
  [{ decimals: 10 }, 'decimals: expected a whole number from 0 to 9, found 10'],
  [{ default: -1 }, 'default: expected an amount such as 3.5, at most 9 digits after the point, found -1'],
  [
    { default: '1e3' },
    'default: expected an amount such as 3.5, at most 9 digits after the point, found "1e3"',
  ],
  [{ plans: { gold: {} } }, 'plans.gold: expected either price or tiers, found neither'],
  [{ plans: { gold: { per: 0, price: 1 } } }, 'plans.gold.per: expected a whole number above 0, found 0'],
  [{ default: { tiers: [] } }, 'default.tiers: expected a list of 1 to 100 tiers, found []'],
  [
    { default: { tiers: [{ price: 1 }, { price: 2 }] } },
    'default.tiers[0]: every tier but the last has upTo, found none here',
  ],
  [
    { default: { tiers: [{ upTo: 1, price: 1 }] } },
    'default.tiers[0]: every tier but the last has upTo, found one here',
  ],
  [
    { default: { tiers: [{ upTo: 5, price: 1 }, { upTo: 5, price: 1 }, { price: 1 }] } },
    'default.tiers[1].upTo: expected more than 5, found 5',
  ],
]
for (const [value, message] of refusals) {
  test(`refused: ${JSON.stringify(value)}`, () => {
    expect(() => readPrices(value)).toThrow(message)
  })
}
