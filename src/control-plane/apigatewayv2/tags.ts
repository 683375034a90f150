import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayV2Operations } from '#aws/tables/apigatewayv2.ts'
import { taggedResources } from '../apigateway/tags.ts'
import type { Environment } from './environment.ts'

/** The tags of whatever carries some, of REST APIs, too: ARNs name it, not versions. */
export function tags(environment: Environment): Handlers<ApiGatewayV2Operations> {
  const resources = taggedResources(environment)
  return {
    async GetTags({ ResourceArn }, call) {
      return { Tags: await resources.get(ResourceArn, call) }
    },

    async TagResource({ ResourceArn, Tags = {} }, call) {
      await resources.add(ResourceArn, Tags, call)
      return {}
    },

    async UntagResource({ ResourceArn, TagKeys }, call) {
      await resources.remove(ResourceArn, TagKeys, call)
      return {}
    },
  }
}
