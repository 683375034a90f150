import { version } from '#server/version.ts'

export async function run(): Promise<number> {
  console.log(`gatehouse ${version} (Bun ${Bun.version})`)
  return 0
}
