import { existsSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { ConfigError, flagOf, options, readConfig, type Config } from '#server/config.ts'
import type { Arguments } from './arguments.ts'

const FILES = ['gatehouse.config.yaml', 'gatehouse.config.yml', 'gatehouse.config.json']

export type Setting = keyof Config

export const allSettings: readonly Setting[] = Object.keys(options) as Setting[]

/** The flags of a command that takes settings of the gateway: name → whether it takes a value. */
export function settingFlags(taken: readonly Setting[] = allSettings): Map<string, boolean> {
  const flags = new Map<string, boolean>([['config', true]])
  for (const key of taken) flags.set(flagOf(key), options[key].value !== undefined)
  return flags
}

/** @throws ConfigError */
export async function settings({ flags }: Arguments): Promise<Config> {
  const name =
    flags.get('config')?.at(-1) ?? process.env.GATEHOUSE_CONFIG ?? FILES.find((file) => existsSync(file))
  const file = name === undefined ? undefined : { name, values: await readMap(name) }
  return readConfig({ flags, environment: process.env, file })
}

/** A map that is written in YAML or JSON. @throws ConfigError */
export async function readMap(name: string): Promise<Record<string, unknown>> {
  let text: string
  try {
    text = readFileSync(name, 'utf8')
  } catch (error) {
    throw new ConfigError(`${name}: cannot be read (${(error as { code?: string }).code})`)
  }
  let value: unknown
  try {
    value = extname(name) === '.json' ? JSON.parse(text) : (await import('yaml')).parse(text)
  } catch (error) {
    throw new ConfigError(`${name}: ${(error as Error).message}`)
  }
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new ConfigError(`${name}: expected a map of settings, found ${JSON.stringify(value).slice(0, 50)}`)
  }
  return value as Record<string, unknown>
}
