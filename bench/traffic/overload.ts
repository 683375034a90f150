export const OVERLOAD = 'overload'
export const OVERLOAD_SECONDS = 60
export async function measureOverload(seconds: number): Promise<string[]> {
  return [String(seconds)]
}
