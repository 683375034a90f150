import { utf8Text } from '#base/utf8.ts'

/** What a function that failed says of it: selection patterns are matched with it. */
export function functionErrorMessage(payload: Uint8Array): string {
  try {
    const error = JSON.parse(utf8Text(payload)) as { errorMessage?: unknown } | null
    return typeof error?.errorMessage === 'string' ? error.errorMessage : ''
  } catch {
    return ''
  }
}
