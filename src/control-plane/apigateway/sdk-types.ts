import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { notFound } from './errors.ts'
import { pageOf, pageRequest } from './paging.ts'

type SdkType = ApiGatewayOperations['GetSdkType']['output'] & { readonly id: string }
type Property = NonNullable<SdkType['configurationProperties']>[number]

const INVOKE_URL = optional('invokeUrl', 'Invoke URL', 'Where the API is called, stage included.')
const PACKAGE: readonly Property[] = [
  optional('packageName', 'Package name'),
  optional('packageVersion', 'Package version', '1.0.0 unless said otherwise.'),
]

/**
 * What GetSdk can be asked for on AWS, and with which `parameters` (developer guide, "Generate SDKs for an API"), and
 * two types that Gatehouse adds. By name.
 */
export const sdkTypes: readonly SdkType[] = [
  {
    id: 'android',
    friendlyName: 'Android',
    configurationProperties: [
      required('groupId', 'Group ID'),
      required('invokerPackage', 'Invoker package'),
      required('artifactId', 'Artifact ID'),
      required('artifactVersion', 'Artifact version'),
    ],
  },
  {
    id: 'java',
    friendlyName: 'Java',
    configurationProperties: [
      required('service.name', 'Service Name'),
      required('java.package-name', 'Java Package Name'),
      optional('java.build-system', 'Java Build System'),
      optional('java.group-id', 'Java Group Id'),
      optional('java.artifact-id', 'Java Artifact Id'),
      optional('java.artifact-version', 'Java Artifact Version'),
      optional('java.license-text', 'Source Code License Text'),
    ],
  },
  { id: 'javascript', friendlyName: 'JavaScript', configurationProperties: [INVOKE_URL] },
  {
    id: 'objectivec',
    friendlyName: 'iOS (Objective-C)',
    configurationProperties: [required('classPrefix', 'Prefix')],
  },
  { id: 'python', friendlyName: 'Python', configurationProperties: [...PACKAGE, INVOKE_URL] },
  {
    id: 'ruby',
    friendlyName: 'Ruby',
    configurationProperties: [
      required('service.name', 'Service Name'),
      optional('ruby.gem-name', 'Ruby Gem Name'),
      optional('ruby.gem-version', 'Ruby Gem Version'),
    ],
  },
  { id: 'swift', friendlyName: 'iOS (Swift)', configurationProperties: [required('classPrefix', 'Prefix')] },
  { id: 'typescript', friendlyName: 'TypeScript', configurationProperties: [...PACKAGE, INVOKE_URL] },
]

export function sdkTypeOperations(): Handlers<ApiGatewayOperations> {
  return {
    GetSdkTypes(input) {
      const { limit, after } = pageRequest(input)
      const found = sdkTypes.filter(({ id }) => after === undefined || id > after)
      const { page } = pageOf(found, limit, ({ id }) => id)
      return { items: page }
    },

    GetSdkType({ id }) {
      const found = sdkTypes.find((type) => type.id === id)
      if (found === undefined) throw notFound('Invalid SDK type identifier specified')
      return found
    },
  }
}

function required(name: string, friendlyName: string): Property {
  return { name, friendlyName, required: true }
}

function optional(name: string, friendlyName: string, description?: string): Property {
  return { name, friendlyName, description, required: false }
}
