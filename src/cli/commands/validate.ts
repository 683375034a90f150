import { readFileSync } from 'node:fs'
import type { ApiProtocol } from '#project/api-protocol.ts'
import { readDocument } from '#project/document.ts'
import { readManifest, type Manifest } from '#project/manifest.ts'
import { ProjectError } from '#project/project-error.ts'
import { checkDocument } from '#server/check-document.ts'
import { parseArguments, UsageError } from '../arguments.ts'
import { diagnosticLine } from '../diagnostic-line.ts'

/** `gatehouse validate FOLDER|OPENAPI`: what is wrong with a document, without a gateway. */
export async function run(texts: readonly string[]): Promise<number> {
  const { words } = parseArguments(texts, new Map())
  const [path, ...others] = words
  if (path === undefined || others.length > 0) {
    throw new UsageError('validate takes one folder or OpenAPI document')
  }
  const manifest = readManifest(path)
  const file = manifest.openapi
  const diagnostics = await checkDocument(read(file), protocolOf(manifest))
  for (const diagnostic of diagnostics) console.log(diagnosticLine(file, diagnostic))
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  console.log(`${file}: ${counted(errors, 'error')}, ${counted(diagnostics.length - errors, 'warning')}`)
  return errors > 0 ? 1 : 0
}

/** As a deployment takes it. A document that is none is told by the check, whatever it is for. */
function protocolOf({ protocol, openapi }: Manifest): ApiProtocol {
  if (protocol !== undefined) return protocol
  try {
    return readDocument(openapi).protocol
  } catch (error) {
    if (error instanceof ProjectError) return 'REST'
    throw error
  }
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new ProjectError(`${file}: cannot be read (${(cause as { code?: string }).code})`, { cause })
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
