import { endpointFlags, endpointOf } from '../endpoint.ts'
import { parseArguments } from '../arguments.ts'

/** `gatehouse reset`: a running gateway forgets everything. */
export async function run(texts: readonly string[]): Promise<number> {
  const { url } = await endpointOf(parseArguments(texts, endpointFlags()))
  let response: Response
  try {
    response = await fetch(`${url}/_gatehouse/reset`, { method: 'POST' })
  } catch (error) {
    console.error(`gatehouse: nothing answers at ${url} (${(error as Error).message})`)
    return 1
  }
  const answer = (await response.json().catch(() => ({}))) as { message?: string }
  if (response.ok) {
    console.log(`${url} has forgotten everything`)
    return 0
  }
  console.error(`gatehouse: ${answer.message ?? `${url} answered ${response.status}`}`)
  return 1
}
