import { newId } from '#base/ids.ts'
import type { Model } from '#model/rest-api.ts'

/** The models that every new API has (recorded on AWS). */
export function defaultModels(): readonly Model[] {
  return [
    {
      id: newId(6),
      name: 'Empty',
      description: 'This is a default empty schema model',
      contentType: 'application/json',
      schema: schemaText({ title: 'Empty Schema', type: 'object' }),
    },
    {
      id: newId(6),
      name: 'Error',
      description: 'This is a default error schema model',
      contentType: 'application/json',
      schema: schemaText({
        title: 'Error Schema',
        type: 'object',
        properties: { message: { type: 'string' } },
      }),
    },
  ]
}

function schemaText(schema: object): string {
  return JSON.stringify({ $schema: 'http://json-schema.org/draft-04/schema#', ...schema }, null, 2)
}
