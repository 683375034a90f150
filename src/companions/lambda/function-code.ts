import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { AwsError } from '#aws/error.ts'
import type { FunctionCode } from '#aws/tables/lambda.ts'
import type { CodeFolders } from './code-folders.ts'
import type { FunctionRecord } from './function-record.ts'
import { unzippedBytesMax, zippedBytesMax } from './limits.ts'
import { ZipError, type ZipProblem } from './zip.ts'

/** Code that was looked at and may become a function's. */
export interface ReceivedCode extends Pick<FunctionRecord, 'code' | 'codeBytes' | 'codeSha256'> {
  /** The ZIP, to be written with the record. */
  readonly zip: Uint8Array | undefined
}

/** The bucket name that means a folder of this machine, as LocalStack has it ("Lambda hot reloading"). */
export const LOCAL_BUCKET = 'hot-reload'

/**
 * Checks what CreateFunction or UpdateFunctionCode brought, and unpacks it: bad code is refused here, not at its
 * first invocation.
 * @throws AwsError with AWS's code and message
 */
export async function receiveCode(
  given: Pick<FunctionCode, 'ZipFile' | 'S3Bucket' | 'S3Key' | 'S3ObjectVersion' | 'ImageUri'>,
  folders: CodeFolders,
  allowLocalFolders: boolean,
): Promise<ReceivedCode> {
  if (given.ImageUri !== undefined) {
    throw invalid('ImageUri: container images are not supported by Gatehouse; give a ZipFile')
  }
  if (given.ZipFile !== undefined) {
    if (given.S3Bucket !== undefined || given.S3Key !== undefined || given.S3ObjectVersion !== undefined) {
      throw invalid('Please do not provide other FunctionCode parameters when providing a ZipFile.')
    }
    return receiveZip(given.ZipFile, folders)
  }
  if (given.S3Bucket === LOCAL_BUCKET) return receiveFolder(given.S3Key ?? '', allowLocalFolders)
  if (given.S3Bucket !== undefined || given.S3Key !== undefined) {
    throw invalid(
      `S3Bucket ${given.S3Bucket ?? ''}: Gatehouse reads no code from S3; give a ZipFile, or the bucket ${LOCAL_BUCKET} with an absolute folder as S3Key`,
    )
  }
  throw invalid('Please provide a source for function code.')
}

/** AWS's words (all but the second recorded on AWS). */
const ZIP_MESSAGES: Readonly<Record<ZipProblem, string>> = {
  malformed: 'Could not unzip uploaded file. Please check your file, then try to upload again.',
  empty: 'Uploaded file must be a non-empty zip',
  'too-large': `Unzipped size must be smaller than ${unzippedBytesMax} bytes`,
}

async function receiveZip(zip: Uint8Array, folders: CodeFolders): Promise<ReceivedCode> {
  if (zip.length > zippedBytesMax) {
    // Recorded on AWS.
    throw new AwsError(
      'RequestEntityTooLargeException',
      `Zipped size must be smaller than ${zippedBytesMax} bytes`,
      413,
    )
  }
  if (zip.length === 0) throw invalid(ZIP_MESSAGES.empty)
  const digest = createHash('sha256').update(zip).digest()
  const sha256 = digest.toString('hex')
  try {
    await folders.folderOf(sha256, async () => zip)
  } catch (error) {
    if (!(error instanceof ZipError)) throw error
    throw invalid(ZIP_MESSAGES[error.reason])
  }
  return { zip, code: { kind: 'zip', sha256 }, codeBytes: zip.length, codeSha256: digest.toString('base64') }
}

async function receiveFolder(path: string, allowed: boolean): Promise<ReceivedCode> {
  if (!allowed) {
    throw invalid(
      `S3Bucket ${LOCAL_BUCKET}: functions from folders of this machine are only for a gateway on a loopback address without configured credentials`,
    )
  }
  if (!isAbsolute(path)) {
    throw invalid(`S3Key: found ${JSON.stringify(path)}, expected the absolute path of a folder`)
  }
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || !found.isDirectory()) {
    throw invalid(`S3Key: ${path} is ${found === undefined ? 'not there' : 'no folder'}`)
  }
  // The contents change under the same name, so it is the name that has a digest.
  const codeSha256 = createHash('sha256').update(path).digest('base64')
  return { zip: undefined, code: { kind: 'folder', path }, codeBytes: 0, codeSha256 }
}

export function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message)
}
