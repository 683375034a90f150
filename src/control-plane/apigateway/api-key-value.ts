import { randomBytes } from 'node:crypto'
import { badRequest } from './errors.ts'

/** Length of a value that clients choose (API reference, CreateApiKey) and of one that is made here. */
const valueCharacters = { min: 20, max: 128, made: 40 }
const nameCharactersMax = 1024
/** Recorded on AWS: one more is refused. */
const descriptionCharactersMax = 125_000

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

export function newApiKeyValue(): string {
  let value = ''
  while (value.length < valueCharacters.made) {
    // 248 = 4 × 62: bytes above would favour the first letters.
    for (const byte of randomBytes(valueCharacters.made)) {
      if (byte < 248 && value.length < valueCharacters.made) value += letters[byte % letters.length]
    }
  }
  return value
}

/** @throws BadRequestException */
export function checkApiKeyValue(value: string): void {
  if (value.length < valueCharacters.min) {
    throw badRequest(`API Key value should be at least ${valueCharacters.min} characters`)
  }
  if (value.length > valueCharacters.max) {
    throw badRequest(`API Key value exceeds maximum size of ${valueCharacters.max} characters`)
  }
}

/** @throws BadRequestException */
export function checkApiKeyName(name = ''): void {
  if (name.length > nameCharactersMax) {
    throw badRequest(`Invalid API Key name, can be at most ${nameCharactersMax} characters.`)
  }
}

/** @throws BadRequestException */
export function checkApiKeyDescription(description = ''): void {
  if (description.length > descriptionCharactersMax)
    throw badRequest('Invalid API Key description specified.')
}
