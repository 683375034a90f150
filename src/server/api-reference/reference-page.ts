import { Html, html } from './html.ts'

/** Parts of an OpenAPI 3.0 document that the page shows; it is our own export, so it is well-formed. */
interface Reference {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly servers: readonly { readonly url: string }[]
  /** A path's members are operations, and extensions of its owner's. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: { readonly schemas?: Readonly<Record<string, unknown>> }
}

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly tags?: readonly string[]
  readonly deprecated?: boolean
  readonly requestBody?: Body
  readonly responses: Readonly<Record<string, Response>>
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
}

interface Body {
  readonly content: Content
  readonly description?: string
}

type Content = Readonly<Record<string, { readonly schema?: { readonly $ref?: string } }>>

interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly description?: string }>>
  readonly content?: Content
}

const ANY_METHOD = 'x-amazon-apigateway-any-method'

/** The document as a page for people; it needs no script. @param document OpenAPI 3.0, as it is exported */
export function referencePage(document: Readonly<Record<string, unknown>>): string {
  const { info, paths, components } = document as unknown as Reference
  const operations = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs)
      .filter(([verb]) => !verb.startsWith('x-') || verb === ANY_METHOD)
      .map(([verb, operation]) => operationSection(verb, path, operation as Operation)),
  )
  const schemas = Object.entries(components.schemas ?? {})
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${info.title}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <h1>${info.title} <small>${info.version}</small></h1>
        ${paragraph(info.description)}
        <p>
          As <a href="./_reference/openapi.json">OpenAPI 3.0</a> or
          <a href="./_reference/swagger.json">Swagger 2.0</a>
        </p>
        ${operations} ${schemas.length === 0 ? undefined : html`<h2>Models</h2>`}
        ${schemas.map(([name, schema]) => schemaSection(name, schema))}
      </body>
    </html> `.text
}

function operationSection(verb: string, path: string, operation: Operation): Html {
  const method = verb === ANY_METHOD ? 'ANY' : verb.toUpperCase()
  const { parameters = [], requestBody, responses, security, tags = [] } = operation
  return html`<section>
    <h2>
      <code>${method} ${path}</code> ${operation.summary ?? operation.operationId}
      ${tags.length === 0 ? undefined : html`<small>${tags.join(', ')}</small>`}
    </h2>
    ${operation.deprecated === true ? html`<p>Deprecated</p>` : undefined} ${paragraph(operation.description)}
    ${security === undefined ? undefined : html`<p>Needs ${security.flatMap(Object.keys).join(' and ')}</p>`}
    ${parameters.length === 0 ? undefined : parameterTable(parameters)}
    ${requestBody === undefined ? undefined : bodyParagraph(requestBody)}
    <dl>${Object.entries(responses).map(([status, response]) => responseItem(status, response))}</dl>
  </section> `
}

function bodyParagraph({ content, description }: Body): Html {
  return html`<p>
    Body: ${contentOf(content)}${description === undefined ? undefined : html`: ${description}`}
  </p>`
}

function parameterTable(parameters: readonly Parameter[]): Html {
  const rows = parameters.map(
    ({ name, in: place, required, description }) =>
      html`<tr>
        <td><code>${name}</code></td>
        <td>${place}</td>
        <td>${required === true ? 'required' : ''}</td>
        <td>${description}</td>
      </tr>`,
  )
  return html`<table>
    ${rows}
  </table>`
}

function responseItem(status: string, { description, headers = {}, content = {} }: Response): Html {
  const named = Object.entries(headers).map(
    ([name, { description: meaning }]) =>
      html`; header <code>${name}</code>${meaning === undefined ? undefined : html`: ${meaning}`}`,
  )
  return html`<dt>${status}</dt>
    <dd>
      ${description}${Object.keys(content).length > 0 ? html`: ${contentOf(content)}` : undefined}${named}
    </dd>`
}

function contentOf(content: Content): readonly Html[] {
  return Object.entries(content).map(([type, { schema }]) => {
    const model = schema?.$ref?.split('/').at(-1)
    return html`<code>${type}</code>
      ${model === undefined ? undefined : html`<a href="#model-${model}">${model}</a>`} `
  })
}

function schemaSection(name: string, schema: unknown): Html {
  return html`<section id="model-${name}">
    <h3>${name}</h3>
    <pre>${JSON.stringify(schema, null, 2)}</pre>
  </section> `
}

function paragraph(text: string | undefined): Html | undefined {
  return text === undefined ? undefined : html`<p>${text}</p>`
}

const STYLE = new Html(`
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5 }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
section { border-top: 1px solid #8884; margin-top: 1.5rem }
h2 { font-size: 1.1rem; font-weight: normal }
small { font-weight: normal; opacity: .7 }
td { padding-right: 1.5rem }
dt { float: left; width: 4rem }
pre { overflow-x: auto; background: #8882; padding: .5rem }
`)
