import type { ZipEntry } from '#base/zip.ts'
import { javascriptSdk } from './javascript/javascript-sdk.ts'
import { pythonSdk } from './python/python-sdk.ts'
import type { SdkApi } from './sdk-api.ts'
import { typescriptSdk } from './typescript/typescript-sdk.ts'

/** GetSdk's `parameters`. */
export type SdkParameters = Readonly<Record<string, string>>

/** The files of an SDK, by its type. */
export const sdkGenerators: Readonly<
  Record<string, (api: SdkApi, parameters: SdkParameters) => readonly ZipEntry[]>
> = { javascript: javascriptSdk, python: pythonSdk, typescript: typescriptSdk }
