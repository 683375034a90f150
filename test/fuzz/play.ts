import { Glob } from 'bun'
import { join } from 'node:path'
import { Random } from '../support/random.ts'
import type { FuzzTarget } from './fuzz-target.ts'

/** A round that takes longer is a finding. */
const ROUND_MS_MAX = 15_000

/** Every target of `targets/`, by name. */
export async function fuzzTargets(): Promise<FuzzTarget[]> {
  const files = await Array.fromAsync(new Glob('*.ts').scan(join(import.meta.dir, 'targets')))
  const modules = files.toSorted().map(async (file) => import(`./targets/${file}`))
  return (await Promise.all(modules)).map(({ target }: { target: FuzzTarget }) => target)
}

/** The kept inputs of a target, by file name. */
export async function corpus({ name }: FuzzTarget): Promise<[file: string, input: Uint8Array][]> {
  const folder = join(import.meta.dir, 'corpus', name)
  const files = await Array.fromAsync(new Glob(`${name}/*`).scan(join(folder, '..')))
  return Promise.all(
    files.toSorted().map(async (file) => [file, await Bun.file(join(folder, '..', file)).bytes()]),
  )
}

/** One round with a seed. @throws what the target throws; an Error when it does not end */
export function playSeed(target: FuzzTarget, seed: number): Promise<void> {
  return inTime(target.run(new Random(seed), seed))
}

/** One given input. @throws as `playSeed` */
export function playInput(target: FuzzTarget, input: Uint8Array): Promise<void> {
  if (target.replay === undefined) throw new Error(`${target.name} cannot replay an input`)
  return inTime(target.replay(input))
}

async function inTime(round: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Error(`no end within ${ROUND_MS_MAX / 1000} s`)),
    ROUND_MS_MAX,
  )
  try {
    await Promise.race([round, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
