import type { SiteEndpoint, SiteProduct } from '#model/portal.ts'
import { html, type Html } from '../../api-reference/html.ts'
import { markdownHtml } from '../markdown/markdown-html.ts'
import type { Page, Shown } from './layout.ts'
import { schemaExample } from './schema-example.ts'

/** Parts of an operation of our own OpenAPI 3.0 export, so it is well-formed. */
interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Body
  readonly responses?: Readonly<Record<string, Response>>
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly deprecated?: boolean
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
}

type Content = Readonly<Record<string, { readonly schema?: unknown }>>

interface Body {
  readonly content: Content
  readonly description?: string
}

interface Response {
  readonly description?: string
  readonly headers?: Readonly<Record<string, { readonly description?: string }>>
  readonly content?: Content
}

/** What `ANY` may be tried as. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

export function endpointPage(shown: Shown, product: SiteProduct, each: SiteEndpoint): Page {
  const { id, name, endpoint, body, canTry, schemas } = each
  const operation = each.operation as Operation
  const { security = [], responses = {}, requestBody } = operation
  const parameters = parametersOf(each)
  const address = `${each.address ?? shown.stageAddress(endpoint.restApiId, endpoint.stage)}${endpoint.path}`
  const needed = security.flatMap((scheme) => Object.keys(scheme))
  return {
    title: name,
    path: `/products/${product.id}/endpoints/${id}`,
    product,
    main: html`<h1>${name}</h1>
      <p><span class="method">${endpoint.method}</span> <code>${address}</code></p>
      ${operation.deprecated === true ? html`<p><strong>Deprecated</strong></p>` : undefined}
      ${body === undefined ? undefined : markdownHtml(body)}
      ${needed.length === 0 ? undefined : html`<p>Needs <code>${needed.join(', ')}</code></p>`}
      ${parameterSection(parameters)}
      ${requestBody === undefined ? undefined : bodySection('Request body', requestBody, schemas)}
      ${responseSection(responses, schemas)} ${modelSection(schemas)}
      ${canTry ? trySection(shown, each, parameters, requestBody) : undefined}`,
  }
}

/** Those that are declared, and those that only the path names. */
function parametersOf({ operation, endpoint }: SiteEndpoint): readonly Parameter[] {
  const declared = (operation as Operation).parameters ?? []
  const inPath = [...endpoint.path.matchAll(/\{([^{}+]+)\+?\}/g)].map(([, name = '']) => name)
  const undeclared = inPath.filter(
    (name) => !declared.some((each) => each.in === 'path' && each.name === name),
  )
  return [...undeclared.map((name) => ({ name, in: 'path', required: true })), ...declared]
}

function parameterSection(parameters: readonly Parameter[]): Html | undefined {
  if (parameters.length === 0) return undefined
  const rows = parameters.map(
    ({ name, in: place, required, description }) =>
      html`<tr>
        <td><code>${name}</code></td>
        <td>${place}</td>
        <td>${required === true ? 'yes' : 'no'}</td>
        <td>${description}</td>
      </tr>`,
  )
  return html`<h2>Parameters</h2>
    <div class="wide" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">In</th>
            <th scope="col">Required</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`
}

function bodySection(title: string, { content, description }: Body, schemas: SiteEndpoint['schemas']): Html {
  return html`<h2>${title}</h2>
    ${description === undefined ? undefined : html`<p>${description}</p>`} ${contentParts(content, schemas)}`
}

function responseSection(
  responses: Readonly<Record<string, Response>>,
  schemas: SiteEndpoint['schemas'],
): Html | undefined {
  const parts = Object.entries(responses).map(
    ([status, { description, content = {}, headers = {} }]) =>
      html`<h3>${status} <span class="muted">${description}</span></h3>
        ${
          Object.keys(headers).length === 0
            ? undefined
            : html`<p>
                Headers:
                ${Object.entries(headers).map(
                  ([name, { description: meaning }]) => html`<code>${name}</code> ${meaning} `,
                )}
              </p>`
        }
        ${contentParts(content, schemas)}`,
  )
  return parts.length === 0
    ? undefined
    : html`<h2>Responses</h2>
        ${parts}`
}

function contentParts(content: Content, schemas: SiteEndpoint['schemas']): readonly Html[] {
  return Object.entries(content).map(([type, { schema }]) => {
    const model = modelOf(schema)
    return html`<p>
        <code>${type}</code
        >${model === undefined ? undefined : html`: <a href="#model-${model}">${model}</a>`}
      </p>
      ${schema === undefined ? undefined : html`<pre tabindex="0"><code>${exampleText(schema, schemas)}</code></pre>`}`
  })
}

function modelOf(schema: unknown): string | undefined {
  const { $ref } = (schema ?? {}) as { readonly $ref?: unknown }
  return typeof $ref === 'string' ? $ref.split('/').at(-1) : undefined
}

function exampleText(schema: unknown, schemas: SiteEndpoint['schemas']): string {
  return JSON.stringify(schemaExample(schema, schemas), null, 2)
}

function modelSection(schemas: SiteEndpoint['schemas']): Html | undefined {
  const models = Object.entries(schemas)
  if (models.length === 0) return undefined
  return html`<h2>Models</h2>
    ${models.map(
      ([name, schema]) =>
        html`<h3 id="model-${name}">${name}</h3>
          <pre tabindex="0"><code>${JSON.stringify(schema, null, 2)}</code></pre>`,
    )}`
}

/** @param requestBody what it sends; any but GET and HEAD may send something */
function trySection(
  { isPreview }: Shown,
  { endpoint, address, schemas }: SiteEndpoint,
  parameters: readonly Parameter[],
  requestBody: Body | undefined,
): Html {
  // Developer guide, "Preview a portal in API Gateway".
  if (isPreview)
    return html`<h2>Try it</h2>
      <p>Readers of the published portal can try it here.</p>`
  const { method, path, restApiId, stage } = endpoint
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? ['application/json', undefined]
  const example = content?.schema === undefined ? '' : exampleText(content.schema, schemas)
  const fields = parameters
    .filter((each) => ['path', 'query', 'header'].includes(each.in))
    .map(
      ({ name, in: place, required }) =>
        html`<label
          ><span>${name} <span class="muted">${place}</span></span> ${
            required === true
              ? html`<input name="${name}" data-in="${place}" required maxlength="2000" />`
              : html`<input name="${name}" data-in="${place}" maxlength="2000" />`
          }</label
        >`,
    )
  return html`<section aria-labelledby="try">
    <h2 id="try">Try it</h2>
    <noscript><p>This form needs JavaScript.</p></noscript>
    <form class="try" data-base="${address ?? `/_try/${restApiId}/${stage}`}" data-path="${path}">
      ${
        method === 'ANY'
          ? html`<label
              ><span>Method</span>
              <select name="method">
                ${METHODS.map((each) => html`<option>${each}</option>`)}
              </select></label
            >`
          : html`<input type="hidden" name="method" value="${method}" />`
      }
      ${fields}
      <label
        ><span>More headers <span class="muted">one a line: Name: value</span></span>
        <textarea name="more-headers" rows="2" maxlength="8000" spellcheck="false"></textarea>
      </label>
      ${
        BODILESS.has(method)
          ? undefined
          : html`<label><span>Content-Type</span> <input name="content-type" value="${type}" /></label>
              <label
                ><span>Body</span>
                <textarea name="body" spellcheck="false">${example}</textarea>
              </label>`
      }
      <button>Try it</button>
    </form>
    <div class="answer" role="status" hidden>
      <h3>Answer</h3>
      <p class="status mono"></p>
      <pre class="headers" tabindex="0"></pre>
      <pre class="body" tabindex="0"></pre>
    </div>
  </section>`
}
