import { badRequest } from './errors.ts'

/** A map as JSON text, kept as given. @throws BadRequestException */
export function checkedProperties(text: string | undefined): string {
  if (text === undefined || text.trim() === '') {
    throw badRequest('Documentation part properties must be non-empty')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw badRequest(`Documentation part properties must be a JSON object: ${(cause as Error).message}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('Documentation part properties must be a JSON object')
  }
  return text
}
