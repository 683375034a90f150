import type { Protocol } from '#aws/table.ts'
import { awsJson } from './aws-json.ts'
import type { Codec } from './codec.ts'
import { awsQuery } from './query.ts'
import { restJson } from './rest-json.ts'

export const codecs: Readonly<Record<Protocol, Codec>> = {
  awsJson1_0: awsJson('1.0'),
  awsJson1_1: awsJson('1.1'),
  awsQuery,
  restJson1: restJson,
}
